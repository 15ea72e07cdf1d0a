import { ingest } from '@hangtag/functions/ingest/handler.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import { TransientError } from '@hangtag/shared/errors.js';
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

  it('makes of one event one queued record and one message', async () => {
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

  it('records what the door turned away and sends no message', async () => {
    const outcome = await ingest(await finalized(NAME, new Uint8Array()), stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'failed', reason: 'empty' });
    expect(await stage.record()).to.include({ status: 'failed', reason: 'empty' });
    expect(stage.published).to.deep.equal([]);
  });

  it('keeps owner, ref and priority of the metadata and no other word of it', async () => {
    const command = await finalized();
    const metadata = { owner: 'desk-7', ref: 'R-1', priority: 'backfill', colour: 'red' };

    await ingest({ ...command, object: { ...command.object, metadata } }, stage.ingestPorts);

    const record = await stage.record();
    expect(record).to.include({ owner: 'desk-7', ref: 'R-1', priority: 'backfill' });
    expect(record).not.to.have.any.keys('metadata', 'colour');
  });

  it('sends the message again where the event comes again before the labels: the first may be lost', async () => {
    const command = await finalized();
    await ingest(command, stage.ingestPorts);

    const outcome = await ingest(command, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'already-queued' });
    expect(stage.published).to.have.length(2);
    expect(stage.lastMessage(), 'whoever takes it reads the record').not.to.have.property('created');
  });

  it('queues an overwritten image again', async () => {
    await ingest(await finalized(), stage.ingestPorts);
    const second = await finalized();

    const outcome = await ingest(second, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'queued' });
    expect(await stage.record()).to.include({ generation: second.object.generation });
    expect(stage.lastMessage().generation).to.equal(second.object.generation);
  });

  it('ignores an event that a newer generation overtook', async () => {
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

  it('calls nothing deleted that was overwritten, whichever event comes first', async () => {
    const { object: first } = await finalized();
    await ingest({ kind: 'finalized', object: first }, stage.ingestPorts);
    const { object: second } = await finalized();

    const outcome = await ingest({ kind: 'deleted', object: first }, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'older-generation' });
    expect(await stage.record()).to.include({ status: 'queued', generation: first.generation });
    await ingest({ kind: 'finalized', object: second }, stage.ingestPorts);
    expect(await stage.record()).to.include({ status: 'queued', generation: second.generation });
  });

  it('leaves a tombstone where deletion overtakes the arrival, which then changes nothing', async () => {
    const { object } = await finalized();
    await ingest({ kind: 'deleted', object }, stage.ingestPorts);

    const outcome = await ingest({ kind: 'finalized', object }, stage.ingestPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'already-settled' });
    expect(await stage.record()).to.include({ status: 'deleted', present: false });
  });

  it('fails where the message cannot be sent, with the record written: the event comes again', async () => {
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
