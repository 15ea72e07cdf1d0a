import type { ClassifyCommand } from '@hangtag/functions/classify/command.js';
import { classify } from '@hangtag/functions/classify/handler.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { TenantUse } from '@hangtag/functions/ingest/lanes.js';
import type { Correction } from '@hangtag/shared/domain/record.js';
import { thumbnailNameOf } from '@hangtag/shared/domain/thumbnail.js';
import { onRequeued } from '@hangtag/shared/domain/transitions.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import { CrashError, ImageError, ModelError, TransientError } from '@hangtag/shared/errors.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import { expect } from 'chai';
import { BUCKET, generation, keyOf, MODEL, NAME, NEXT_MODEL, VERDICT } from '../fixtures/records.js';
import { oneModel } from '../support/one-model.js';
import { present } from '../support/present.js';
import { rejection } from '../support/rejection.js';
import { ScriptedClassifier, Stage, SURE } from '../support/stage.js';

describe('classify', () => {
  let stage: Stage;
  let command: ClassifyCommand;
  beforeEach(async () => {
    stage = new Stage();
    await ingest({ kind: 'finalized', object: await stage.upload() }, stage.ingestPorts);
    command = { message: stage.lastMessage(), publishedAt: stage.clock.now() };
  });

  const requeue = async () => {
    const known = await stage.records.get(keyOf(NAME));
    const decision = onRequeued(known?.record, command.message.generation);
    if (known === undefined || decision.kind !== 'update') throw new Error('Expected a settled record');
    await stage.records.update(keyOf(NAME), decision.change, known.version);
  };

  it('labels a queued image and announces it', async () => {
    stage.clock.advance(50);

    const outcome = await classify(command, stage.classifyPorts);

    const { labels, damaged, typicality, ...announced } = VERDICT;
    const timings = { queuedMs: 50, downloadMs: 0, decodeMs: 3, inferMs: 4, totalMs: 50 };
    expect(await stage.record()).to.deep.include({ ...VERDICT, model: MODEL, timings, embedding: null });
    expect((await stage.record())?.labeledAt).to.equal(stage.clock.now());
    const { created, ...image } = command.message;
    expect(stage.announced()).to.deep.equal([{ ...image, ...announced }]);
    const { tenant, ...trace } = image;
    expect(outcome).to.deep.equal({
      outcome: 'done',
      reason: null,
      category: 'Handbags',
      confidence: 0.93,
      ...timings,
      ...trace,
      deliveryAttempt: undefined,
    });
  });

  describe('without announcements', () => {
    const counted = { get: 0, update: 0 };
    const quietly = () => {
      Object.assign(counted, { get: 0, update: 0 });
      const records = new Proxy(stage.records, {
        get(target, method) {
          if (method === 'get' || method === 'update') counted[method] += 1;
          const value = Reflect.get(target, method);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      return { ...stage.classifyPorts, records, topics: {} };
    };

    it('costs one write, no read and no message of its own in the common case', async () => {
      expect(await classify(command, quietly())).to.include({ outcome: 'done' });

      expect(counted).to.deep.equal({ get: 0, update: 1 });
      expect(stage.announced()).to.deep.equal([]);
    });

    it('reads the record first if the message does not describe its creation', async () => {
      const { created, ...message } = command.message;
      expect(created).to.be.an('object');

      await classify({ ...command, message }, quietly());

      expect(counted).to.deep.equal({ get: 1, update: 1 });
    });

    it('reads the record of a redelivery first, and does nothing if it is labelled', async () => {
      await classify(command, quietly());

      const outcome = await classify({ ...command, deliveryAttempt: 2 }, quietly());

      expect(outcome).to.include({ outcome: 'void', because: 'already-settled' });
      expect(counted).to.deep.equal({ get: 1, update: 0 });
      expect(stage.classifier.seen).to.equal(1);
    });

    it('commits once if a message is delivered twice at the same time', async () => {
      const outcomes = await Promise.all([classify(command, quietly()), classify(command, quietly())]);

      expect(outcomes.map(({ outcome }) => outcome)).to.have.members(['done', 'void']);
    });

    it('leaves a newer generation alone', async () => {
      await stage.upload();
      const bytes = async () => Uint8Array.of(1);
      await ingest({ kind: 'finalized', object: await stage.upload() }, stage.ingestPorts);
      const newer = await stage.record();

      const ports = { ...quietly(), objects: Object.create(stage.objects, { read: { value: bytes } }) };
      const outcome = await classify(command, ports);

      expect(outcome).to.include({ outcome: 'void', because: 'older-generation' });
      expect(await stage.record()).to.deep.equal(newer);
    });

    it('keeps a correction that was made before', async () => {
      const known = await stage.records.get(keyOf(NAME));
      if (known === undefined) throw new Error('Expected a record');
      const { generation } = command.message;
      const correction: Correction = { category: 'Heels', by: 'anna', at: 1, generation };
      await stage.records.update(keyOf(NAME), { set: { correction } }, known.version);

      await classify(command, quietly());

      expect(await stage.record()).to.deep.include({ correction, status: 'done', category: 'Handbags' });
      expect(counted).to.deep.equal({ get: 1, update: 2 });
    });
  });

  describe('with a model on trial', () => {
    let shadow: ScriptedClassifier;
    beforeEach(() => {
      shadow = new ScriptedClassifier(NEXT_MODEL);
      shadow.answer = async () => ({ ...SURE, scores: [{ label: 'Wallets', score: 0.6 }] });
    });
    const onTrial = (share: number) => ({
      ...stage.classifyPorts,
      models: oneModel(stage.classifier, { shadow: { classifier: shadow, share } }),
    });

    it('records its answer in the same write, beside the labels of the active model', async () => {
      await classify(command, onTrial(1));

      const answer = { model: NEXT_MODEL, category: 'Wallets', confidence: 0.6, inferMs: 4 };
      expect(await stage.record()).to.deep.include({ ...VERDICT, model: MODEL, shadow: answer });
    });

    it('marks its answer for review if it is surely another category', async () => {
      shadow.answer = async () => ({ ...SURE, scores: [{ label: 'Wallets', score: 0.85 }] });

      await classify(command, onTrial(1));

      expect(await stage.record())
        .to.deep.include(VERDICT)
        .and.have.nested.property('shadow.disputes', true);
    });

    it('asks it for its share of the images only', async () => {
      await classify(command, onTrial(0));

      expect(shadow.seen).to.equal(0);
      expect(await stage.record()).to.deep.include({ status: 'done', shadow: null });
    });

    it('labels the image if the model on trial fails', async () => {
      const failures: unknown[] = [];
      shadow.answer = async () => Promise.reject(new CrashError('Out of memory'));

      await classify(command, { ...onTrial(1), onShadowFailure: (error) => failures.push(error) });

      expect(await stage.record()).to.deep.include({ status: 'done', shadow: null });
      expect(failures).to.have.length(1);
    });

    it('replaces an old answer when the image is labelled again', async () => {
      await classify(command, onTrial(1));
      await requeue();
      const models = oneModel(new ScriptedClassifier(NEXT_MODEL));

      await classify({ ...command, deliveryAttempt: 2 }, { ...stage.classifyPorts, models });

      expect(await stage.record()).to.deep.include({ model: NEXT_MODEL, shadow: null });
    });
  });

  it('uses a label without review where the model guarantees the precision that the tenant asks for', async () => {
    const guarantees = { white: [{ precision: 0.99, confidence: 0.5, n: 400, wrong: 0 }], other: [] };
    const manifest = { id: 'test-model', version: '1', labels: ['Handbags'], guarantees };
    const policy = { ...DEFAULT_VERDICT_POLICY, autoPrecision: 0.99 };
    const models = oneModel(stage.classifier, { manifest, policy });
    stage.classifier.answer = async () => ({ ...SURE, background: 'white' });
    await classify(command, { ...stage.classifyPorts, models });
    expect((await stage.record())?.status).to.equal('done');

    await requeue();
    stage.classifier.answer = async () => ({ ...SURE, background: 'other' });
    await classify({ ...command, deliveryAttempt: 2 }, { ...stage.classifyPorts, models });
    expect((await stage.record())?.status).to.equal('review');
  });

  it('keeps the embedding if the tenant has this feature', async () => {
    const models = oneModel(stage.classifier, { keepsEmbedding: true });
    await classify(command, { ...stage.classifyPorts, models });
    expect((await stage.record())?.embedding).to.deep.equal([1, 0.5]);
  });

  it('keeps palette, colours, vector and heat map, if the tenant has these features, with the labels', async () => {
    const red = { name: 'vivid red', share: 1, lightness: 0.5, chroma: 0.2, hue: 29 };
    const asked: unknown[] = [];
    const vector = { values: Float32Array.of(0.5, -0.5), backbone: 'b1' };
    const heat = { width: 2, height: 1, values: [1, 0] };
    const classifier: Classifier = {
      ...{ model: MODEL, close: async () => undefined },
      async classify(_, options) {
        asked.push(options);
        return { ...SURE, palette: [red], vector, heat };
      },
    };
    const extras = { withPalette: true, withVector: true, withHeat: true };

    await classify(command, { ...stage.classifyPorts, models: oneModel(classifier, { extras }) });

    expect(asked).to.deep.equal([extras]);
    expect(await stage.record()).to.deep.include({
      status: 'done',
      palette: [red],
      colours: ['red'],
      vector: [0.5, -0.5],
      backbone: 'b1',
      heat,
    });
  });

  describe('with thumbnails', () => {
    const THUMBNAIL = { bytes: Uint8Array.of(7), ms: 1 };
    const name = () => thumbnailNameOf(command.message);
    const ports = () => ({
      ...stage.classifyPorts,
      models: oneModel(stage.classifier, { extras: { withThumbnail: true } }),
    });
    beforeEach(() => {
      stage.classifier.answer = async () => ({ ...SURE, thumbnail: THUMBNAIL });
    });

    it('stores one beside a labelled image, and no record or message comes of it', async () => {
      await classify(command, ports());

      const stored = present(await stage.objects.stat(BUCKET, name()), 'a thumbnail');
      expect(await stage.objects.read(stored, 10)).to.deep.equal(THUMBNAIL.bytes);
      expect(await stage.record()).to.include({ status: 'done', thumbnail: true });
      const event = await ingest({ kind: 'finalized', object: stored }, stage.ingestPorts);
      expect(event).to.include({ outcome: 'void', because: 'own-output' });
    });

    it('stores none of an image that was deleted while it was labelled', async () => {
      stage.classifier.answer = async () => {
        const object = present(await stage.objects.stat(BUCKET, NAME), 'the object');
        await stage.objects.remove(object);
        await ingest({ kind: 'deleted', object }, stage.ingestPorts);
        return { ...SURE, thumbnail: THUMBNAIL };
      };

      expect(await classify(command, ports())).to.include({ outcome: 'void' });

      expect(await stage.objects.stat(BUCKET, name())).to.equal(undefined);
    });

    it('stores none of a file that is no image', async () => {
      stage.classifier.answer = async () => {
        throw new ImageError('not-an-image', 'Expected an image');
      };

      await classify(command, ports());

      expect(await stage.record()).to.include({ status: 'failed', thumbnail: false });
      expect(await stage.objects.stat(BUCKET, name())).to.equal(undefined);
    });

    it('keeps the labels if the thumbnail cannot be stored', async () => {
      stage.objects.write = () => Promise.reject(new TransientError('Expected the bucket'));
      const failed = await rejection(classify(command, ports()));

      const again = await classify({ ...command, deliveryAttempt: 2 }, ports());

      expect(failed).to.be.instanceOf(TransientError);
      expect(again).to.include({ outcome: 'void', because: 'already-settled' });
      expect(await stage.record()).to.include({ status: 'done', category: 'Handbags' });
    });
  });

  it('keeps no embedding of a model that has none', async () => {
    const { embedding, ...plain } = SURE;
    stage.classifier.answer = async () => plain;
    const models = oneModel(stage.classifier, { keepsEmbedding: true });
    await classify(command, { ...stage.classifyPorts, models });
    expect((await stage.record())?.embedding).to.equal(null);
  });

  it('never measures a negative time if the clocks of server and worker differ', async () => {
    stage.clock.advance(-500);
    await classify(command, stage.classifyPorts);
    expect((await stage.record())?.timings).to.include({ queuedMs: 0, totalMs: 0 });
  });

  it('labels an image once if its message is delivered twice, and announces it again', async () => {
    await classify(command, stage.classifyPorts);

    const outcome = await classify(command, stage.classifyPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'already-settled' });
    expect(stage.classifier.seen).to.equal(1);
    const [first, second] = stage.announced();
    expect(second).to.deep.equal(first);
  });

  it('commits once if two workers take the same message, and only the winner announces', async () => {
    const outcomes = await Promise.all([
      classify(command, stage.classifyPorts),
      classify(command, stage.classifyPorts),
    ]);

    expect(outcomes.map(({ outcome }) => outcome)).to.have.members(['done', 'void']);
    expect(stage.classifier.seen).to.equal(2);
    expect(stage.announced()).to.have.length(1);
    expect(stage.announced()[0]).to.include({ status: 'done' });
  });

  it('labels again with the next model after a requeue', async () => {
    await classify(command, stage.classifyPorts);
    await requeue();
    const classifier = { ...stage.classifier, model: { ...MODEL, version: '2' }, classify: async () => SURE };

    await classify(command, {
      ...stage.classifyPorts,
      models: oneModel({ ...classifier, close: async () => {} }),
    });

    expect((await stage.record())?.model?.version).to.equal('2');
  });

  it('settles a requeued image with its old labels if the worker still runs the old model', async () => {
    await classify(command, stage.classifyPorts);
    const labeledAt = (await stage.record())?.labeledAt;
    stage.clock.advance(1000);
    await requeue();

    await classify(command, stage.classifyPorts);

    expect(await stage.record()).to.include({ status: 'done', labeledAt });
  });

  it('records why an image was refused', async () => {
    stage.classifier.answer = async () => {
      throw new ImageError('truncated', 'Expected more bytes');
    };

    const outcome = await classify(command, stage.classifyPorts);

    expect(outcome).to.include({ outcome: 'failed', reason: 'truncated' });
    expect(await stage.record()).to.include({ status: 'failed', reason: 'truncated', category: null });
    expect(stage.announced()[0]).to.include({ status: 'failed', reason: 'truncated' });
  });

  it('refuses more bytes than it may hold', async () => {
    const policy = { ...stage.classifyPorts.policy, maxBytes: 2 };
    const outcome = await classify(command, { ...stage.classifyPorts, policy });
    expect(outcome).to.include({ outcome: 'failed', reason: 'too-many-bytes' });
  });

  it('does not mark an overwritten image as deleted, because the event of the new generation follows', async () => {
    const before = await stage.record();
    await stage.upload();

    const outcome = await classify(command, stage.classifyPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'older-generation' });
    expect(await stage.record()).to.deep.equal(before);
  });

  it('marks the record if the object is gone', async () => {
    await stage.objects.remove(command.message);

    const outcome = await classify(command, stage.classifyPorts);

    expect(outcome).to.include({ outcome: 'deleted' });
    expect(await stage.record()).to.include({ status: 'deleted', present: false });
    expect(stage.classifier.seen).to.equal(0);
  });

  it('does nothing for a generation that was superseded, and reads no byte of it', async () => {
    await ingest({ kind: 'finalized', object: await stage.upload() }, stage.ingestPorts);

    const outcome = await classify(command, stage.classifyPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'older-generation' });
    expect(stage.classifier.seen).to.equal(0);
    expect(stage.announced()).to.deep.equal([]);
  });

  it('does nothing if the record was erased', async () => {
    const message = { ...command.message, ...keyOf('erased.jpg') };
    const outcome = await classify({ ...command, message }, stage.classifyPorts);
    expect(outcome).to.include({ outcome: 'void', because: 'erased' });
  });

  it('drops its labels if a newer generation arrives meanwhile', async () => {
    stage.classifier.answer = async () => {
      await ingest({ kind: 'finalized', object: await stage.upload() }, stage.ingestPorts);
      return SURE;
    };

    const outcome = await classify(command, stage.classifyPorts);

    expect(outcome).to.include({ outcome: 'void', because: 'older-generation' });
    expect(await stage.record()).to.include({ status: 'queued', category: null });
    expect(stage.announced()).to.deep.equal([]);
  });

  it('leaves a correction made while it works, and adds nothing to it', async () => {
    const correction: Correction = {
      category: 'Heels',
      by: 'anna',
      at: 1,
      generation: command.message.generation,
    };
    stage.classifier.answer = async () => {
      const { version } = present(await stage.records.get(keyOf(NAME)), 'the record');
      const set = { correction, status: 'done', reason: null } as const;
      await stage.records.update(keyOf(NAME), { set }, version);
      return SURE;
    };

    await classify(command, stage.classifyPorts);

    expect(await stage.record()).to.deep.include({ correction, status: 'done', category: null });
  });

  for (const [what, error] of [
    ['the network', new TransientError('away')],
    ['a bug', new TypeError('undefined is not a function')],
  ] as const) {
    it(`brings the message back on ${what}, with the record still queued`, async () => {
      stage.classifier.answer = async () => {
        throw error;
      };
      expect(await rejection(classify(command, stage.classifyPorts))).to.equal(error);
      expect(await stage.record()).to.include({ status: 'queued' });
    });
  }

  describe('parks an image that keeps killing the process', () => {
    const crash = async () => {
      stage.classifier.answer = () => Promise.reject(new Error('killed'));
    };
    const deliver = (deliveryAttempt?: number) =>
      classify({ ...command, ...(deliveryAttempt && { deliveryAttempt }) }, stage.classifyPorts).catch(
        () => undefined,
      );
    beforeEach(crash);

    it('after the tries that the subscription counts', async () => {
      for (const attempt of [1, 2, 3]) await deliver(attempt);
      expect(await stage.record()).to.include({ status: 'queued', attempts: 2 });

      expect(await deliver(4)).to.include({ outcome: 'failed', reason: 'parked', deliveryAttempt: 4 });

      expect(await stage.record()).to.include({ status: 'failed', reason: 'parked', attempts: 3 });
      expect(stage.classifier.seen).to.equal(3);
    });

    it('after as many messages older than the age gate, if the subscription does not count', async () => {
      stage.clock.advance(60_000);
      await deliver();
      expect(await stage.record(), 'exactly at the gate').to.include({ attempts: 0 });

      stage.clock.advance(1);
      await deliver();
      await deliver();
      expect(await stage.record()).to.include({ status: 'queued', attempts: 2 });

      expect(await deliver()).to.include({ outcome: 'failed', reason: 'parked' });
    });

    it('and counts no attempt if the model must not serve, because the image is not the cause', async () => {
      const ports = {
        ...stage.classifyPorts,
        models: { ...stage.classifyPorts.models, ready: () => Promise.reject(new ModelError('m', [])) },
      };
      for (const deliveryAttempt of [2, 3, 4, 5]) {
        await rejection(classify({ ...command, deliveryAttempt }, ports));
      }
      expect(await stage.record()).to.include({ status: 'queued', attempts: 0 });
    });

    it('and counts no attempt if the bucket failed, because the image is not the cause', async () => {
      const objects = Object.create(stage.objects, {
        read: { value: () => Promise.reject(new TransientError('away')) },
      });
      const ports = { ...stage.classifyPorts, objects };
      for (const deliveryAttempt of [2, 3, 4, 5]) {
        await rejection(classify({ ...command, deliveryAttempt }, ports));
      }
      expect(await stage.record()).to.include({ status: 'queued', attempts: 0 });
    });
  });

  describe('for a tenant that uses much processor time', () => {
    const BACKFILL = 'image-backfill';
    let use: TenantUse;
    const inLane = () => ({ ...stage.classifyPorts, topics: {}, surge: { use, backfillTopic: BACKFILL } });
    const moved = () => stage.published.filter(({ topic }) => topic === BACKFILL);
    /** An image takes 60 ms; the burst is 100 ms. */
    beforeEach(() => {
      use = new TenantUse({ burst: 100, perSecond: 10 });
      stage.classifier.answer = async () => ({ ...SURE, decodeMs: 50, inferMs: 10 });
    });

    it('hands images beyond the burst to the backfill lane, unchanged and unread', async () => {
      await classify(command, inLane());
      await classify(command, inLane());
      use.count(command.message.tenant, 60, stage.clock.now());

      const outcome = await classify(command, inLane());

      expect(outcome).to.include({ outcome: 'moved-to-backfill', name: NAME });
      expect(moved().map(({ data }) => data)).to.deep.equal([JSON.parse(JSON.stringify(command.message))]);
    });

    it('counts images that fail by the time they took', async () => {
      stage.classifier.answer = async () => {
        stage.clock.advance(150);
        throw new ImageError('too-slow', 'Expected less time');
      };

      await classify(command, inLane());
      const outcome = await classify(command, inLane());

      expect(outcome).to.include({ outcome: 'moved-to-backfill' });
    });

    it('counts a failed image that waited long by the time limit of an image', async () => {
      use = new TenantUse({ burst: 2_000, perSecond: 10 });
      stage.classifier.answer = async () => {
        stage.clock.advance(60_000);
        throw new ImageError('too-slow', 'Expected less time');
      };

      await classify(command, inLane());
      await classify(command, inLane());

      expect(moved()).to.have.length(0);
    });

    it('keeps a redelivery, whose attempts are counted here', async () => {
      use.count(command.message.tenant, 1_000, stage.clock.now());

      await classify({ ...command, deliveryAttempt: 2 }, inLane());

      expect(moved()).to.have.length(0);
      expect(await stage.record()).to.include({ status: 'done' });
    });

    it('labels again once time has passed', async () => {
      use.count(command.message.tenant, 1_000, stage.clock.now());
      stage.clock.advance(20_000);

      const outcome = await classify(command, inLane());

      expect(outcome).to.include({ outcome: 'done' });
    });
  });

  it('fails for a generation that is newer than the record', async () => {
    const message = { ...command.message, generation: generation('9'.repeat(19)), bucket: BUCKET };
    expect(await rejection(classify({ ...command, message }, stage.classifyPorts))).to.be.instanceOf(
      RangeError,
    );
  });
});
