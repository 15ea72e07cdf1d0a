import { createHash, randomBytes } from 'node:crypto';
import { TransientError } from '@hangtag/shared/errors.js';
import {
  type ClassifierPool,
  type PoolOptions,
  startPool,
} from '@hangtag/shared/inference/isolation/pool.js';
import { processStateOf } from '@hangtag/shared/inference/isolation/process-state.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';
import { skip } from '../../support/skip.js';
import { outcomeOf, POOL_OPTIONS } from '../../support/worker-pool.js';

function workerOf(pool: ClassifierPool): number {
  const [pid] = pool.workerPids;
  // Never 0: that would be the process group of the test.
  if (pid === undefined) throw new Error('Expected a worker but the pool has none');
  return pid;
}

async function messageOf(pool: ClassifierPool, command: string): Promise<string> {
  const error = await pool.classify(Buffer.from(command)).catch((reason: unknown) => reason);
  return error instanceof Error ? error.message : 'no error';
}

function requireProcessorTime(context: Mocha.Context): void {
  if (processStateOf(process.pid) === undefined)
    skip(context, 'this system does not report the processor time of a process');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a pool of worker processes', () => {
  let pool: ClassifierPool;

  async function withPool(options: Partial<PoolOptions> = {}): Promise<void> {
    pool = await startPool({ ...POOL_OPTIONS, ...options });
  }

  afterEach(async () => {
    await pool.close();
  });

  it('answers each image with its own result, in any order of completion', async () => {
    await withPool({ workers: 2 });
    const names = Array.from({ length: 50 }, (_, index) => `picture ${index}`);

    const outcomes = await Promise.all(names.map((name) => outcomeOf(pool, name)));

    expect(outcomes).to.deep.equal(names);
  });

  it('carries images whole, from none to many bytes, also while another one is processed', async () => {
    await withPool({ maxQueuedBytes: 50_000_000 });
    const images = [0, 65_537, 3_000_000, 200, 0, 9_000_000, 101].map((bytes) => randomBytes(bytes));

    const answers = await Promise.all(images.map((image) => pool.classify(image)));

    const digests = images.map((image) =>
      image.length === 0 ? '' : createHash('sha256').update(image).digest('hex'),
    );
    expect(answers.map(({ scores }) => scores[0]?.label)).to.deep.equal(digests);
  });

  it('labels a large image that was on its way to a worker that crashed', async () => {
    await withPool({ maxQueuedBytes: 50_000_000 });
    const large = randomBytes(9_000_000);

    const [outcome, { scores }] = await Promise.all([outcomeOf(pool, 'crash'), pool.classify(large)]);

    expect(outcome).to.equal('CrashError');
    expect(scores[0]?.label).to.equal(createHash('sha256').update(large).digest('hex'));
  });

  it('labels an image before most of those that yield, and these progress too', async () => {
    await withPool();
    const done: string[] = [];
    const classify = async (name: string, yields: boolean) => {
      await pool.classify(Buffer.from(name), { yields });
      done.push(name);
    };
    const requests = Array.from({ length: 10 }, (_, index) => classify(`request ${index}`, true));

    await Promise.all([...requests, classify('upload 1', false), classify('upload 2', false)]);

    // Two of the requests were sent to the worker at once, and one of them stays ahead.
    expect(done.slice(0, 5)).to.deep.equal(['request 0', 'request 1', 'request 2', 'upload 1', 'upload 2']);
    expect(done.slice(5)).to.deep.equal([3, 4, 5, 6, 7, 8, 9].map((index) => `request ${index}`));
  });

  it('returns rejections and bugs, and keeps the worker', async () => {
    await withPool();
    const [before] = pool.workerPids;

    expect(await outcomeOf(pool, 'reject')).to.equal('corrupt');
    expect(await messageOf(pool, 'reject')).to.equal('as requested');
    expect(await messageOf(pool, 'throw')).to.match(/but the worker threw: TypeError: a bug\n {4}at /);
    expect(await outcomeOf(pool, 'shirt')).to.equal('shirt');
    expect(pool.workerPids).to.deep.equal([before]);
  });

  it('kills a worker that hangs, rejects its image as too slow, and labels the waiting images', async () => {
    await withPool({ timeLimitMs: 300 });
    const hung = workerOf(pool);

    const outcomes = await Promise.all(['hang', 'a', 'b', 'c'].map((name) => outcomeOf(pool, name)));

    expect(outcomes).to.deep.equal(['too-slow', 'a', 'b', 'c']);
    expect(isAlive(hung)).to.equal(false);
    expect(pool.workerPids).to.have.length(1).and.not.include(hung);
  });

  it('gives an image more time if the machine is busy, up to a limit', async function () {
    requireProcessorTime(this);
    await withPool({ timeLimitMs: 300 });

    const outcomes = await Promise.all(['doze', 'sleep', 'a'].map((name) => outcomeOf(pool, name)));

    expect(outcomes).to.deep.equal(['doze', 'too-slow', 'a']);
  });

  it('measures the time of each image without that of the images before it', async function () {
    requireProcessorTime(this);
    await withPool({ timeLimitMs: 600 });
    const commands = [...Array.from({ length: 8 }, () => 'toil'), 'doze'];

    const outcomes = await Promise.all(commands.map((command) => outcomeOf(pool, command)));

    expect(outcomes).to.deep.equal(commands);
    expect(await messageOf(pool, 'hang')).to.equal('Expected a label within 600 ms');
  });

  const deaths = { crash: 'CrashError', exit: 'CrashError', eat: 'too-large-to-decode' };
  for (const [command, outcome] of Object.entries(deaths)) {
    it(`rejects the one image that made a worker ${command} as ${outcome}, and labels the others`, async () => {
      await withPool();
      const dead = workerOf(pool);

      const outcomes = await Promise.all(['a', command, 'b', 'c'].map((name) => outcomeOf(pool, name)));

      expect(outcomes).to.deep.equal(['a', outcome, 'b', 'c']);
      expect(isAlive(dead)).to.equal(false);
    });
  }

  it('continues after several images that kill their worker', async () => {
    await withPool({ workers: 2 });
    const names = Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? 'crash' : `picture ${index}`));

    const outcomes = await Promise.all(names.map((name) => outcomeOf(pool, name)));

    expect(outcomes).to.deep.equal(names.map((name) => (name === 'crash' ? 'CrashError' : name)));
  });

  it('replaces an idle worker that was killed from outside', async () => {
    await withPool();
    const dead = workerOf(pool);

    process.kill(dead, 'SIGKILL');

    expect(await outcomeOf(pool, 'first')).to.be.oneOf(['first', 'CrashError']);
    expect(await outcomeOf(pool, 'second')).to.equal('second');
    expect(pool.workerPids).not.to.include(dead);
  });

  it('rejects images beyond the length of the queue as transient, at the limit and one below', async () => {
    await withPool({ maxQueued: 3, timeLimitMs: 500 });
    // One image in progress, one sent in advance, three waiting.
    const held = ['hang', 'a', 'b', 'c', 'd'].map((name) => outcomeOf(pool, name));

    const turnedAway = await pool.classify(Buffer.from('one too many')).catch((error: unknown) => error);

    expect(turnedAway).to.be.instanceOf(TransientError);
    expect(String(turnedAway)).to.include('at most 3 images in the queue');
    expect(await Promise.all(held)).to.deep.equal(['too-slow', 'a', 'b', 'c', 'd']);
    expect(await outcomeOf(pool, 'now'), 'there is room again').to.equal('now');
  });

  it('rejects images beyond the bytes of the queue as transient', async () => {
    await withPool({ maxQueuedBytes: 10, timeLimitMs: 500 });
    const held = ['hang', 'a', '12345', '12345'].map((name) => outcomeOf(pool, name));

    expect(await messageOf(pool, 'b')).to.equal('Expected at most 10 bytes of images in the queue');
    expect(await Promise.all(held)).to.deep.equal(['too-slow', 'a', '12345', '12345']);
    expect(await outcomeOf(pool, 'an image of more than 10 bytes, alone')).to.include('alone');
  });

  it('processes only as many images at the same time as its memory allows, in their order', async () => {
    const demandOf = (image: Uint8Array) => ({ memoryBytes: image.length * 1_000_000, decodeMs: 0 });
    // No other image fits beside the large one.
    await withPool({ workers: 2, memoryBudgetBytes: 99_000_000, demandOf });
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => outcomeOf(pool, name)));
    const settled: string[] = [];
    const large = 'x'.repeat(99);

    await Promise.all(
      ['doze', large, 'e', 'f'].map(async (name) => settled.push((await outcomeOf(pool, name)).slice(0, 4))),
    );

    expect(settled.slice(0, 2)).to.deep.equal(['doze', 'xxxx']);
    expect(settled.slice(2)).to.have.members(['e', 'f']);
  });

  it('processes an image that needs more than its memory alone', async () => {
    await withPool({
      memoryBudgetBytes: 1,
      demandOf: ({ length }) => ({ memoryBytes: 2 * length, decodeMs: 0 }),
    });

    expect(await Promise.all(['a', 'b'].map((name) => outcomeOf(pool, name)))).to.deep.equal(['a', 'b']);
  });

  it('gives up an image that waits when its signal fires, and labels the others', async () => {
    await withPool();
    const deadline = new AbortController();
    const others = ['doze', 'a', 'b'].map((name) => outcomeOf(pool, name));
    const waiting = rejection(pool.classify(Buffer.from('c'), { signal: deadline.signal }));

    deadline.abort();

    expect(await waiting).to.be.instanceOf(TransientError);
    expect(await Promise.all(others)).to.deep.equal(['doze', 'a', 'b']);
  });

  it('gives more time to an image that requests it', async () => {
    await withPool({ timeLimitMs: 100, demandOf: () => ({ memoryBytes: 1, decodeMs: 5_000 }) });

    expect(await outcomeOf(pool, 'toil')).to.equal('toil');
  });

  it('rejects its images as transient when it closes, and leaves no process', async () => {
    await withPool({ workers: 2 });
    const held = ['hang', 'hang', 'a', 'b', 'c', 'd'].map((name) => outcomeOf(pool, name));
    const pids = pool.workerPids;

    await pool.close();

    expect(new Set(await Promise.all(held))).to.deep.equal(new Set(['TransientError']));
    expect(pids.filter(isAlive)).to.deep.equal([]);
    expect(await outcomeOf(pool, 'late')).to.equal('TransientError');
    expect(await messageOf(pool, 'later')).to.equal('Expected an open pool but it is closed');
  });
});
