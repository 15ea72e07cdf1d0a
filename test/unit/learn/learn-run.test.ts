/** The function `learn`, with a small network, in memory. */
import { join } from 'node:path';
import { mock } from 'node:test';
import { type LearnPorts, learn } from '@hangtag/functions/learn/handler.js';
import { RunWriter } from '@hangtag/functions/learn/run-writer.js';
import { type StartPorts, startRun } from '@hangtag/functions/learn/start-run.js';
import { MemoryLearningRuns } from '@hangtag/shared/adapters/memory/learning-runs.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import {
  type LearningRequest,
  type LearningRun,
  queuedRun,
  SILENCE_MS,
} from '@hangtag/shared/domain/learning-run.js';
import { InputError, TransientError } from '@hangtag/shared/errors.js';
import { learnModel } from '@hangtag/shared/learning/learn-model.js';
import type { OutgoingMessage } from '@hangtag/shared/ports/publisher.js';
import { expect } from 'chai';
import { colourPictures, type Shade } from '../../fixtures/colour-pictures.js';
import { COLOURS_MODEL } from '../../fixtures/paths.js';
import { aNewRecord, BUCKET, keyOf } from '../../fixtures/records.js';
import { type MemoryApp, memoryApp } from '../../support/memory-app.js';
import { rejection } from '../../support/rejection.js';
import { ManualClock, ScriptedClassifier } from '../../support/stage.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';

const REQUEST: LearningRequest = { by: 'anna', min: 5, share: 0.5, trusted: [] };
const NEVER = new AbortController().signal;

describe('A run of learning', function () {
  this.timeout(120_000);
  let dir: string;
  let clock: ManualClock;
  let memory: MemoryApp;
  let ports: LearnPorts;
  let start: StartPorts;
  let published: (OutgoingMessage & { readonly topic: string })[];

  before(async () => {
    dir = temporaryDirectory();
    const known = [...(await colourPictures('red', 6)), ...(await colourPictures('green', 6))];
    const pictures = known.map(({ name, label, bytes }) => ({ name, label, read: async () => bytes }));
    const out = join(dir, 'installed');
    const request = { gathered: { pictures, notes: [] }, baseDir: COLOURS_MODEL, min: 5, out, id: 'shop' };
    await learnModel({ ...request, keepsLabels: false }, { onNote: () => {}, onProgress: () => {} });
  });

  beforeEach(async () => {
    clock = new ManualClock();
    published = [];
    memory = memoryApp({
      clock,
      classifier: new ScriptedClassifier(),
      env: {
        HANGTAG_MODEL_DIR: join(dir, 'installed'),
        HANGTAG_MODEL_STORE: temporaryDirectory(),
      },
      onPublish: (topic, message) => published.push({ topic, ...message }),
    });
    ports = await memory.app.learn();
    start = await memory.app.learningStart();
  });

  interface Judged {
    readonly by?: string;
    /** Of the model. */
    readonly category?: string;
    readonly as?: string;
  }

  async function judge(
    shade: Shade,
    n: number,
    { by = 'desk-1', category = 'red', as = shade }: Judged = {},
  ) {
    for (const [index, { bytes }] of (await colourPictures(shade, n)).entries()) {
      const name = `${shade}/${as}/${by}/${category}-${index}.png`;
      const written = await memory.objects.write({ bucket: BUCKET, name, bytes });
      if (written === undefined) throw new Error(`Expected to write ${name}`);
      const correction = { category: as, by, at: clock.now(), generation: written };
      const facts = { name, generation: written, status: 'done', category, correction } as const;
      await memory.records.create(keyOf(name), aNewRecord(facts));
    }
  }

  const started = async (request: Partial<LearningRequest> = {}) =>
    (await startRun(DEFAULT_TENANT, { ...REQUEST, ...request }, start)).id;
  const taken = (run: string, changes: Partial<LearnPorts> = {}, signal = NEVER) =>
    learn({ tenant: DEFAULT_TENANT, run }, { ...ports, ...changes }, signal);
  const latest = async () => (await ports.runs.get(DEFAULT_TENANT))?.run as LearningRun;
  const change = async (facts: Partial<LearningRun>) => {
    const known = await ports.runs.get(DEFAULT_TENANT);
    await ports.runs.put(DEFAULT_TENANT, { ...(known?.run as LearningRun), ...facts }, known?.version);
  };
  const onTrial = async () => (await ports.tenants.list()).get(DEFAULT_TENANT)?.model?.shadow ?? null;

  it('learns a new label, says what the new version is worth, and puts it on trial', async () => {
    await judge('blue', 8);
    await judge('red', 3);
    const run = await started();
    const outcome = await taken(run);

    const { state, total, done, notes, figures, model } = await latest();
    expect({ state, total, done }).to.deep.equal({ state: 'done', total: 11, done: 11 });
    expect(notes[0]).to.equal('11 judged images: 3 confirmed, 8 corrected');
    expect(figures?.classes.map(({ label, n, recallBefore }) => [label, n, recallBefore])).to.deep.equal([
      ['red', 3, 1],
      ['blue', 8, 0],
    ]);
    expect(figures).to.deep.include({ n: 11, accuracyBefore: 3 / 11 });
    expect(await onTrial()).to.include({ ...model, share: 0.5 });
    expect(outcome).to.deep.include({ outcome: 'learned', model: `shop@${model?.version}` });
    expect(published).to.deep.equal([{ topic: 'learn-requested', data: { tenant: DEFAULT_TENANT, run } }]);
  });

  it('does not let ONNX Runtime report to Microsoft', async () => {
    delete process.env['ORT_DISABLE_TELEMETRY'];
    await judge('blue', 8);
    await taken(await started());

    // Set by the thread in which the new network runs.
    expect(process.env['ORT_DISABLE_TELEMETRY']).to.equal('1');
  });

  it('is not repeated by a redelivery, and not taken for another run', async () => {
    await judge('blue', 8);
    const run = await started();
    await taken(run);

    expect(await taken(run)).to.include({ outcome: 'void' });
    expect(await taken('another')).to.include({ outcome: 'void' });
    expect(await ports.rollouts.list(DEFAULT_TENANT)).to.have.length(1);
  });

  it('waits with a redelivery while it is under way, and is interrupted once it writes nothing any more', async () => {
    const run = await started();
    await change({ state: 'running' });

    expect(await rejection(taken(run))).to.be.instanceOf(TransientError);
    clock.advance(SILENCE_MS);
    expect(await taken(run)).to.include({ outcome: 'interrupted' });
    expect(await latest()).to.include({ state: 'interrupted', message: 'Its process ended.' });
  });

  it('is the only one of its tenant, until it has ended or writes nothing any more', async () => {
    const first = await started();
    const refusal = await rejection(started());
    clock.advance(SILENCE_MS);
    const second = await started();
    await change({ state: 'done' });
    await started();

    expect(refusal).to.be.instanceOf(InputError);
    expect(second).not.to.equal(first);
    expect(await taken(first)).to.include({ outcome: 'void' });
    expect(published).to.have.length(3);
  });

  it('is interrupted if no message lets the function take it, and another one can be started', async () => {
    const away = async () => {
      throw new TransientError('Pub/Sub is away');
    };
    const failure = await rejection(
      startRun(DEFAULT_TENANT, REQUEST, { ...start, publisher: { publish: away } }),
    );

    expect(failure).to.be.instanceOf(TransientError);
    expect(await latest()).to.include({ state: 'interrupted', message: 'Pub/Sub is away' });
    expect(await started()).to.be.a('string');
  });

  it('is not started where a new version would be lost', async () => {
    const failure = await rejection(startRun(DEFAULT_TENANT, REQUEST, { ...start, isStoreLasting: false }));
    expect(failure).to.be.instanceOf(InputError).with.property('message').that.includes('gs://BUCKET/PREFIX');
  });

  it('is refused where no label has enough images, with a line for each', async () => {
    await judge('blue', 4);
    expect(await taken(await started())).to.include({ outcome: 'refused' });

    const { state, fault, message } = await latest();
    expect({ state, fault }).to.deep.equal({ state: 'refused', fault: 'too-few' });
    expect(message).to.include('"blue" is left out: expected at least 5 pictures but found 4');
    expect(await onTrial()).to.equal(null);
  });

  it('is refused where a reviewer gave one label to everything, unless an administrator trusts the reviewer', async () => {
    for (const category of ['red', 'green', 'grey']) await judge('blue', 4, { by: 'desk-7', category });
    await taken(await started());
    expect(await latest()).to.deep.include({ state: 'refused', fault: 'one-label', reviewers: ['desk-7'] });

    await taken(await started({ trusted: ['desk-7'] }));
    expect((await latest()).state).to.equal('done');
  });

  it('is refused where all images contradict each other', async () => {
    await judge('blue', 1, { as: 'red' });
    await judge('blue', 1, { as: 'green' });
    await taken(await started());
    expect(await latest()).to.deep.include({ state: 'refused', fault: 'contradicting' });
  });

  it('is refused where the model keeps no knowledge of its labels', async () => {
    await judge('blue', 8);
    await taken(await started(), { installedDir: COLOURS_MODEL });
    const { fault, message } = await latest();
    expect(fault).to.equal('model');
    expect(message).to.include('knowledge');
  });

  it('is interrupted by its time limit, stores nothing, and can be started again', async () => {
    await judge('blue', 8);
    const deadline = new AbortController();
    const objects = Object.assign(Object.create(ports.objects), {
      read: async () => {
        deadline.abort(new TransientError('Expected learn to end within 540 s'));
        return undefined;
      },
    });
    const outcome = await taken(await started(), { objects }, deadline.signal);

    expect(outcome).to.include({ outcome: 'interrupted' });
    expect(await latest()).to.include({
      state: 'interrupted',
      message: 'Expected learn to end within 540 s',
    });
    expect(await ports.store.list()).to.deep.equal([]);
    await taken(await started());
    expect((await latest()).state).to.equal('done');
  });

  it('fails with the message of an error of the program, which is thrown', async () => {
    await judge('blue', 8);
    const put = async () => {
      throw new RangeError('a bug');
    };
    const store = Object.assign(Object.create(ports.store), { put });
    const failure = await rejection(taken(await started(), { store }));

    expect(failure).to.be.instanceOf(RangeError);
    expect(await latest()).to.include({ state: 'failed', message: 'a bug' });
  });

  it('writes how far it is, and ends when another run has replaced it', async () => {
    await judge('blue', 8);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const objects = Object.assign(Object.create(ports.objects), {
      read: async (...which: Parameters<LearnPorts['objects']['read']>) => {
        if (which[0].name.endsWith('7.png')) await held;
        return ports.objects.read(...which);
      },
    });
    const work = taken(await started(), { objects });
    await until('the progress', async () => (await latest()).done === 7);
    expect(await latest()).to.include({ state: 'running', step: 'embed', total: 8 });
    clock.advance(SILENCE_MS);
    const other = await started();
    release();

    expect(await work).to.include({ outcome: 'void' });
    expect(await latest()).to.include({ id: other, state: 'queued' });
    expect(await onTrial()).to.equal(null);
  });
});

describe('The writer of a run', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
  afterEach(() => mock.timers.reset());

  it('writes after two seconds what has changed, and after 20 s without a change that the run goes on', async () => {
    const clock = new ManualClock();
    const runs = new MemoryLearningRuns();
    const run = queuedRun('1', REQUEST, clock.now());
    const version = (await runs.put(DEFAULT_TENANT, run, undefined)) ?? expect.fail('Expected a version');
    const writer = await RunWriter.take(DEFAULT_TENANT, { run, version }, { runs, clock });
    const written = async () => {
      clock.advance(2_000);
      mock.timers.tick(2_000);
      await new Promise(setImmediate);
      const { done, updatedAt } = (await runs.get(DEFAULT_TENANT))?.run ?? expect.fail('Expected the run');
      return { done, secondsAgo: (clock.now() - updatedAt) / 1_000 };
    };

    writer?.change({ done: 3 });
    expect(await written()).to.deep.equal({ done: 3, secondsAgo: 0 });
    for (let seconds = 2; seconds < 20; seconds += 2)
      expect(await written()).to.deep.equal({ done: 3, secondsAgo: seconds });
    expect(await written()).to.deep.equal({ done: 3, secondsAgo: 0 });
    writer?.stop();
  });
});
