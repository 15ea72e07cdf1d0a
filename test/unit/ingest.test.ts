import { type IngestPorts, ingest } from '@hangtag/functions/ingest/handler.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { thumbnailNameOf } from '@hangtag/shared/domain/thumbnail.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import { expect } from 'chai';
import { BUCKET, keyOf, NAME, UPLOADED_AT } from '../fixtures/records.js';
import { rejection } from '../support/rejection.js';
import { Stage, UPLOADED } from '../support/stage.js';

describe('ingest', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });

  const finalized = async (name?: string, bytes?: Uint8Array) =>
    ({ kind: 'finalized', object: await stage.upload(name, bytes) }) as const;

  it('writes one queued record and sends one message for one event', async () => {
    const command = await finalized();

    const outcome = await ingest(command, stage.ingestPorts);

    const { generation } = command.object;
    const imageId = imageIdOf(BUCKET, NAME);
    expect(outcome).to.deep.equal({
      outcome: 'queued',
      reason: null,
      imageId,
      bucket: BUCKET,
      name: NAME,
      generation,
    });
    expect(await stage.record()).to.include({ status: 'queued', generation, name: NAME, size: 3 });
    const created = { version: (await stage.records.get(keyOf(NAME)))?.version, uploadedAt: UPLOADED_AT };
    expect(stage.published).to.deep.equal([
      {
        topic: UPLOADED,
        data: { tenant: 'default', imageId, bucket: BUCKET, name: NAME, generation, created },
      },
    ]);
  });

  it('files an image under the tenant whose folder holds it', async () => {
    await ingest(await finalized('tenants/acme/a.jpg'), stage.ingestPorts);

    const key = { ...keyOf('tenants/acme/a.jpg'), tenant: stage.lastMessage().tenant };
    expect(key.tenant).to.equal('acme');
    expect((await stage.records.get(key))?.record.status).to.equal('queued');
  });

  it('records an upload that is not admitted and sends no message', async () => {
    const outcome = await ingest(await finalized(NAME, new Uint8Array()), stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'failed', reason: 'empty' });
    expect(await stage.record()).to.include({ status: 'failed', reason: 'empty' });
    expect(stage.published).to.deep.equal([]);
  });

  it('keeps owner, ref and priority of the metadata and nothing else', async () => {
    const command = await finalized();
    const metadata = { owner: 'desk-7', ref: 'R-1', priority: 'backfill', colour: 'red' };

    await ingest({ ...command, object: { ...command.object, metadata } }, stage.ingestPorts);

    const record = await stage.record();
    expect(record).to.include({ owner: 'desk-7', ref: 'R-1', priority: 'backfill' });
    expect(record).not.to.have.any.keys('metadata', 'colour');
  });

  it('sends the message again if the event is delivered again before the labels, because the first may be lost', async () => {
    const command = await finalized();
    await ingest(command, stage.ingestPorts);

    const outcome = await ingest(command, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'already-queued' });
    expect(stage.published).to.have.length(2);
    expect(stage.lastMessage(), 'its receiver reads the record').not.to.have.property('created');
  });

  for (const name of ['reports/acme/2026-01-02/images.csv', 'tenants/acme/processed/Heels/a.jpg', NAME]) {
    it(`writes no record of what Hangtag wrote itself: ${name}`, async () => {
      const { object } = await finalized(name);
      const own = { ...object, metadata: { 'hangtag-written-by': 'report', owner: 'jane' } };

      const outcomes = await Promise.all(
        (['finalized', 'deleted', 'metadataUpdated'] as const).map((kind) =>
          ingest({ kind, object: own }, stage.ingestPorts),
        ),
      );

      for (const outcome of outcomes) expect(outcome).to.include({ outcome: 'void', because: 'own-output' });
      expect([...stage.records.entries()]).to.deep.equal([]);
      expect(stage.published).to.deep.equal([]);
    });
  }

  it('records an image as deleted that was replaced by an object of Hangtag', async () => {
    const { object } = await finalized();
    await ingest({ kind: 'finalized', object }, stage.ingestPorts);
    const metadata = { 'hangtag-written-by': 'report' };
    await stage.objects.write({ bucket: BUCKET, name: NAME, bytes: Uint8Array.of(1) }, { metadata });

    await ingest({ kind: 'deleted', object }, stage.ingestPorts);

    expect(await stage.record()).to.include({ status: 'deleted', present: false });
  });

  it('queues an overwritten image again', async () => {
    await ingest(await finalized(), stage.ingestPorts);
    const second = await finalized();

    const outcome = await ingest(second, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'queued' });
    expect(await stage.record()).to.include({ generation: second.object.generation });
    expect(stage.lastMessage().generation).to.equal(second.object.generation);
  });

  it('ignores an event that arrives after that of a newer generation', async () => {
    const first = await finalized();
    const second = await finalized();
    await ingest(second, stage.ingestPorts);

    const outcome = await ingest(first, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'older-generation' });
    expect(await stage.record()).to.include({ generation: second.object.generation });
    expect(stage.published).to.have.length(1);
  });

  it('marks a record whose object was deleted, and sends no message', async () => {
    const { object } = await finalized();
    await ingest({ kind: 'finalized', object }, stage.ingestPorts);

    const outcome = await ingest({ kind: 'deleted', object }, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'deleted' });
    expect(await stage.record()).to.include({ status: 'deleted', present: false });
    expect(stage.published).to.have.length(1);
  });

  it('deletes the thumbnail of a generation that was deleted or overwritten, and no other', async () => {
    const { object: first } = await finalized();
    const { object: second } = await finalized();
    const names = [first, second].map((object) => thumbnailNameOf(imageMessageOf(object)));
    const bytes = Uint8Array.of(1);
    for (const name of names) await stage.objects.write({ bucket: BUCKET, name, bytes });
    const left = async () => (await stage.objects.list(BUCKET, { prefix: 'tenants/' })).objects;

    await ingest({ kind: 'deleted', object: first }, stage.ingestPorts);
    expect((await left()).map(({ name }) => name)).to.deep.equal([names[1]]);

    await ingest({ kind: 'archived', object: second }, stage.ingestPorts);
    expect(await left()).to.deep.equal([]);
  });

  it('marks a record whose object was archived with no live version left', async () => {
    const { object } = await finalized();
    await ingest({ kind: 'finalized', object }, stage.ingestPorts);
    await stage.objects.remove(object);

    const outcome = await ingest({ kind: 'archived', object }, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'deleted' });
    expect(await stage.record()).to.include({ status: 'deleted', present: false });
  });

  it('does not mark a record as deleted if an overwrite archived the old version', async () => {
    const { object: first } = await finalized();
    await ingest({ kind: 'finalized', object: first }, stage.ingestPorts);
    await finalized();

    const outcome = await ingest({ kind: 'archived', object: first }, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'older-generation' });
    expect(await stage.record()).to.include({ status: 'queued' });
  });

  it('does not mark an overwritten image as deleted, in either order of the events', async () => {
    const { object: first } = await finalized();
    await ingest({ kind: 'finalized', object: first }, stage.ingestPorts);
    const { object: second } = await finalized();

    const outcome = await ingest({ kind: 'deleted', object: first }, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'older-generation' });
    expect(await stage.record()).to.include({ status: 'queued', generation: first.generation });
    await ingest({ kind: 'finalized', object: second }, stage.ingestPorts);
    expect(await stage.record()).to.include({ status: 'queued', generation: second.generation });
  });

  it('creates a deleted record if the event of the deletion arrives first, and ignores the event of the upload', async () => {
    const { object } = await finalized();
    await ingest({ kind: 'deleted', object }, stage.ingestPorts);

    const outcome = await ingest({ kind: 'finalized', object }, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'already-settled' });
    expect(await stage.record()).to.include({ status: 'deleted', present: false });
  });

  it('fails if the record is written and the message cannot be sent, so that the event is delivered again', async () => {
    const publisher: Publisher = {
      publish: async () => {
        throw new TransientError('Pub/Sub is away');
      },
    };
    const command = await finalized();

    const error = await rejection(ingest(command, { ...stage.ingestPorts, publisher }));

    expect(error).to.be.instanceOf(TransientError);
    expect(await stage.record()).to.include({ status: 'queued' });
  });
});

describe('ingest of a metadata update', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });

  /** An object with metadata that is not yet in any event. */
  const objectWith = async (metadata: Readonly<Record<string, string>>): Promise<StoredObject> => {
    await stage.objects.write({ bucket: BUCKET, name: NAME, bytes: Uint8Array.of(1, 2, 3) }, { metadata });
    const object = await stage.objects.stat(BUCKET, NAME);
    if (object === undefined) throw new Error(`Expected ${NAME} in the bucket`);
    return object;
  };
  const updated = (object: StoredObject, ports = stage.ingestPorts) =>
    ingest({ kind: 'metadataUpdated', object }, ports);

  it('records an owner and a reference that were set after the upload, and sends no message', async () => {
    const object = await objectWith({ owner: 'jane', ref: 'R-1' });
    await ingest({ kind: 'finalized', object: { ...object, metadata: {} } }, stage.ingestPorts);

    const outcome = await updated(object);

    expect(outcome).to.include({ outcome: 'annotated' });
    expect(await stage.record()).to.include({ status: 'queued', owner: 'jane', ref: 'R-1' });
    expect(stage.published).to.have.length(1);
  });

  it('records what the bucket holds now, in any order of the events', async () => {
    const object = await objectWith({ owner: 'jane' });
    await ingest({ kind: 'finalized', object: { ...object, metadata: {} } }, stage.ingestPorts);

    await updated(object);
    await updated({ ...object, metadata: { owner: 'nobody-any-more' } });

    expect(await stage.record()).to.include({ owner: 'jane' });
  });

  it('costs nothing if it names neither owner nor reference', async () => {
    const object = await objectWith({ colour: 'red' });
    const untouched = refusingPorts(stage);

    expect(await updated(object, untouched)).to.include({ outcome: 'void', because: 'unchanged' });
  });

  it('costs one read if the record has them already', async () => {
    const object = await objectWith({ owner: 'jane' });
    await ingest({ kind: 'finalized', object }, stage.ingestPorts);
    let reads = 0;
    const records = new Proxy(refusingPorts(stage).records, {
      get: (target, property) => {
        if (property !== 'get') return Reflect.get(target, property);
        reads += 1;
        return stage.records.get.bind(stage.records);
      },
    });

    const outcome = await updated(object, { ...refusingPorts(stage), records });

    expect(outcome).to.include({ outcome: 'void', because: 'unchanged' });
    expect(reads).to.equal(1);
  });

  it('records the upload whose event it overtakes', async () => {
    const object = await objectWith({ owner: 'jane' });

    await updated(object);
    const late = await ingest({ kind: 'finalized', object: { ...object, metadata: {} } }, stage.ingestPorts);

    expect(late).to.include({ outcome: 'void', because: 'already-queued' });
    expect(await stage.record()).to.include({ status: 'queued', owner: 'jane' });
  });

  it('changes nothing if the object is gone', async () => {
    const object = await objectWith({ owner: 'jane' });
    await stage.objects.remove(object);

    expect(await updated(object)).to.include({ outcome: 'void', because: 'erased' });
    expect(await stage.record()).to.equal(undefined);
  });
});

/** Ports of which every call fails. */
function refusingPorts(stage: Stage): IngestPorts {
  const refusing = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (_, property) => () => {
        throw new Error(`Expected no call but received ${String(property)}`);
      },
    });
  const { records, objects, publisher } = stage.ingestPorts;
  return {
    ...stage.ingestPorts,
    records: refusing(records),
    objects: refusing(objects),
    publisher: refusing(publisher),
  };
}
