import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CrashError, ModelError } from '@hangtag/shared/errors.js';
import {
  type ClassifierPool,
  type PoolOptions,
  startPool,
} from '@hangtag/shared/inference/isolation/pool.js';
import { processStateOf } from '@hangtag/shared/inference/isolation/process-state.js';
import { SpareWorker } from '@hangtag/shared/inference/isolation/worker-process.js';
import { expect } from 'chai';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';
import { outcomeOf, POOL_OPTIONS } from '../../support/worker-pool.js';

describe('the workers of a pool', function () {
  this.timeout(90_000);
  let folder: string;
  let mood: string;
  let pool: ClassifierPool | undefined;

  beforeEach(async () => {
    folder = temporaryDirectory();
    mood = join(folder, 'mood');
    await writeFile(mood, 'well');
  });

  afterEach(async () => {
    await pool?.close();
    pool = undefined;
  });

  async function start(options: Partial<PoolOptions> = {}): Promise<ClassifierPool> {
    const settings = { ...POOL_OPTIONS.start, settings: { mood } };
    pool = await startPool({ ...POOL_OPTIONS, start: settings, ...options });
    return pool;
  }
  const failureToStart = (options: Partial<PoolOptions> = {}): Promise<unknown> =>
    start(options).then(
      () => 'started',
      (error: unknown) => error,
    );

  it('report the model that they serve', async () => {
    expect((await start()).model).to.deep.equal({ id: 'obedient', version: '1', sha256: 'f'.repeat(64) });
  });

  it('begin with a process that was started in advance, and use it once', async () => {
    const spare = new SpareWorker(POOL_OPTIONS.entry);

    const started = await start({ workers: 2, spare });
    const [first] = started.workerPids;
    await Promise.all(['a', 'b', 'c'].map((name) => outcomeOf(started, name)));

    expect(first).to.equal(spare.pid);
    expect(started.workerPids[1]).not.to.equal(spare.pid);
  });

  it('begin with a process of their own if the one that was started in advance has ended', async () => {
    const spare = new SpareWorker(POOL_OPTIONS.entry);
    const { pid } = spare;
    spare.close();

    const started = await start({ spare });

    expect(started.workerPids).to.have.length(1).and.not.to.include(pid);
    await until('its end', () => processStateOf(pid) === undefined);
  });

  it('stay one while images come one after the other', async () => {
    const started = await start({ workers: 3 });

    for (const name of ['a', 'b', 'c', 'd']) expect(await outcomeOf(started, name)).to.equal(name);

    expect(started.workerPids).to.have.length(1);
  });

  it('are as many as there are images at the same time', async () => {
    const started = await start({ workers: 3 });
    await outcomeOf(started, 'a');

    const two = ['b', 'c'].map((name) => outcomeOf(started, name));
    expect(started.workerPids).to.have.length(2);
    const others = ['d', 'e'].map((name) => outcomeOf(started, name));
    expect(started.workerPids).to.have.length(3);

    expect(await Promise.all([...two, ...others])).to.deep.equal(['b', 'c', 'd', 'e']);
    expect(started.workerPids, 'and no more').to.have.length(3);
  });

  it('stay one until the first image is answered, if it can take the others', async () => {
    const started = await start({ workers: 2 });

    const outcomes = ['doze', 'a'].map((name) => outcomeOf(started, name));

    expect(started.workerPids).to.have.length(1);
    expect(await Promise.all(outcomes)).to.deep.equal(['doze', 'a']);
  });

  it('are increased before the end of the first image if more images wait than one can take', async () => {
    const started = await start({ workers: 2, timeLimitMs: 2_000 });
    const settled: string[] = [];

    const outcomes = ['hang', 'a', 'b'].map(async (name) => settled.push(await outcomeOf(started, name)));

    expect(started.workerPids).to.have.length(2);
    await Promise.all(outcomes);
    expect(settled).to.deep.equal(['b', 'too-slow', 'a']);
  });

  it('receive an image when they are idle, and not while another image is in progress', async () => {
    const started = await start({ workers: 2, timeLimitMs: 2_000 });
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => outcomeOf(started, name)));
    await until('two workers', () => started.workerPids.length === 2);
    // Both workers are ready when both have answered.
    const answerers = new Set<number>();
    await until('answers of both', async () => {
      const pair = await Promise.all([1, 2].map(() => started.classify(Buffer.from('doze'))));
      for (const { decodeMs } of pair) answerers.add(decodeMs);
      return answerers.size === 2;
    });
    let isHanging = true;
    const hung = outcomeOf(started, 'hang').finally(() => {
      isHanging = false;
    });

    for (const name of ['e', 'f']) expect(await outcomeOf(started, name)).to.equal(name);

    expect(isHanging).to.equal(true);
    expect(await hung).to.equal('too-slow');
  });

  it('that cannot start report the reason and their last output', async () => {
    const entry = new URL('../../fixtures/workers/stillborn-worker.js', import.meta.url);

    const error = await failureToStart({ entry });

    expect(error).to.be.instanceOf(CrashError);
    expect(String(error)).to.include('code 4').and.to.include('cannot find my library');
  });

  it('that throw while they start do not count as crashed', async () => {
    await writeFile(mood, 'sick');

    const error = await failureToStart();

    expect(error).to.be.instanceOf(Error).and.not.instanceOf(CrashError);
    expect(String(error)).to.match(/^Error: Error: no library today\n {4}at /);
  });

  it('whose model may not be used report its errors', async () => {
    await writeFile(mood, 'faulty');

    const error = await failureToStart();

    expect(error).to.be.instanceOf(ModelError).and.to.include({ model: 'models/x' });
    expect(error).to.deep.include({ faults: [{ at: 'labels', expected: '3', received: '4' }] });
  });

  it('that use too much memory while they load their model are ended', async () => {
    await writeFile(mood, 'greedy');

    const error = await failureToStart({ maxStartBytes: 200_000_000 });

    expect(error).to.be.instanceOf(ModelError);
    expect(String(error)).to.include('memory: expected at most 200000000 bytes of memory to load it');
  });

  it('are replaced before the next image if they keep too much memory', async () => {
    const started = await start();
    const [large] = started.workerPids;

    const outcomes = await Promise.all(
      ['a', 'fatten', 'b', 'c'].map((name) => started.classify(Buffer.from(name))),
    );

    expect(outcomes.map(({ scores }) => scores[0]?.label)).to.deep.equal(['a', 'fatten', 'b', 'c']);
    // A worker answers with its process id.
    const [first, fattened, after, last] = outcomes.map(({ decodeMs }) => decodeMs);
    expect([first, fattened]).to.deep.equal([large, large]);
    expect(after).not.to.equal(large);
    expect(last).to.equal(after);
  });

  it('do not inherit secrets and credentials', async () => {
    const secrets = {
      HANGTAG_SLACK_WEBHOOK_URL: 'https://hooks.slack.com/x',
      HANGTAG_SMTP_URL: 'smtps://user:password@mail',
      HANGTAG_WEBHOOK_SECRET: 'whsec_x',
      GOOGLE_APPLICATION_CREDENTIALS: '/secret.json',
      FIRESTORE_EMULATOR_HOST: '127.0.0.1:1',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
    };
    Object.assign(process.env, secrets);
    try {
      const { scores } = await (await start()).classify(Buffer.from('environment'));

      const names = scores.map(({ label }) => label);
      expect(names).to.include('PATH').and.not.to.include.any.members(Object.keys(secrets));
      expect(names.filter((name) => /HANGTAG|GOOGLE|FIRE/.test(name))).to.deep.equal([]);
    } finally {
      for (const name of Object.keys(secrets)) Reflect.deleteProperty(process.env, name);
    }
  });

  it('must start within a time limit', async () => {
    expect(String(await failureToStart({ startTimeLimitMs: 1 }))).to.include('within 1 ms');
  });

  it('continue if another one cannot start', async () => {
    const started = await start({ workers: 2 });
    await writeFile(mood, 'sick');
    const commands = ['doze', 'a', 'b', 'c'];

    const outcomes = await Promise.all(commands.map((command) => outcomeOf(started, command)));

    expect(outcomes).to.deep.equal(commands);
  });

  it('that cannot be replaced fail the waiting images; the next image starts another attempt', async () => {
    const started = await start();
    await writeFile(mood, 'sick');

    const outcomes = await Promise.all(['crash', 'a'].map((name) => outcomeOf(started, name)));

    expect(outcomes).to.deep.equal(['CrashError', 'Error']);
    expect(started.workerPids).to.have.length(0);
    await writeFile(mood, 'well');
    expect(await outcomeOf(started, 'b')).to.equal('b');
  });
});
