/**
 * Faults of a real stack: killed processes, stopped emulators, a bucket with errors. After each, every image
 * has a terminal status, each was labelled once, and none is lost. The time limits are for a busy machine.
 */
import { setTimeout as timer } from 'node:timers/promises';
import { expect } from 'chai';
import { ACK_DEADLINE_MS, FaultStack, picture } from '../support/fault-stack.js';
import { describeWithEmulators } from '../support/google-emulators.js';
import { pidOf } from '../support/present.js';
import { childrenOf } from '../support/process-state.js';
import { until } from '../support/until.js';

const IMAGES = 40;
/** Between two uploads of a stream: at this rate the stack keeps up. */
const STEP_MS = 25;
const LIMIT_MS = 180_000;

await describeWithEmulators('A stack with faults', (emulators) => {
  let faults: FaultStack;
  let stream = new AbortController();

  before(async function () {
    this.timeout(240_000);
    faults = await FaultStack.start(emulators);
  });
  afterEach(() => {
    stream.abort();
    faults.heal();
  });
  after(async () => {
    await faults?.stop();
  });

  /** Every image was labelled, and labelled once. */
  async function assess(names: readonly string[], limitMs = LIMIT_MS): Promise<void> {
    const records = await faults.settled(names, limitMs);
    expect(records.map(({ category }) => category)).to.deep.equal(names.map(() => 'red'));
    expect(faults.mostLabellings(names)).to.equal(1);
  }

  /**
   * Uploads steadily until the returned function is called, so that there are always images in progress,
   * however fast the stack is.
   *
   * @returns after the first labels: a function that ends the stream and waits until all are uploaded
   */
  async function midStream(folder: string): Promise<() => Promise<readonly string[]>> {
    faults.downloads.now.delayMs = 250;
    const bytes = await picture();
    const uploads = new Map<string, Promise<void>>();
    stream = new AbortController();
    const { signal } = stream;
    const streaming = (async () => {
      while (!signal.aborted) {
        const name = `${folder}/${uploads.size}.jpg`;
        const upload = faults.put(name, bytes);
        uploads.set(name, upload);
        // The rejection is reported at the end.
        upload.catch(() => undefined);
        await timer(STEP_MS);
      }
    })();
    await until(
      'labels, and images still in progress',
      () => {
        const waiting = faults.waiting([...uploads.keys()]).length;
        return waiting > 0 && waiting <= uploads.size - 4;
      },
      LIMIT_MS,
    );
    return async () => {
      stream.abort();
      await streaming;
      await Promise.all(uploads.values());
      return [...uploads.keys()];
    };
  }

  it('labels every image once if the process of classify is killed during a stream', async () => {
    const ended = await midStream('host-killed');
    const { classify } = faults.stack.processes;
    const { restarts } = classify;
    faults.downloads.now.delayMs = ACK_DEADLINE_MS;
    const seen = faults.downloadsBegun;
    await until('a delivery in progress', () => faults.downloadsBegun > seen, LIMIT_MS);

    process.kill(pidOf(classify), 'SIGKILL');
    faults.heal();

    const names = await ended();
    await assess(names);
    expect(classify.restarts).to.equal(restarts + 1);
    await until('a second delivery', () => faults.redelivered(names) > 0, LIMIT_MS);
  }).timeout(2 * LIMIT_MS);

  it('labels every image once if a worker of its pool is killed during a stream', async () => {
    const ended = await midStream('worker-killed');
    const host = faults.stack.processes.classify;
    const restarts = host.restarts;
    const workers = childrenOf(pidOf(host));
    expect(workers).to.not.be.empty;

    for (const worker of workers) process.kill(worker, 'SIGKILL');

    await assess(await ended());
    expect(host.restarts).to.equal(restarts);
  }).timeout(2 * LIMIT_MS);

  it('records every upload if the process of ingest is killed during the uploads', async () => {
    const host = faults.stack.processes.functions;
    const { restarts } = host;
    const uploading = faults.upload('ingest-killed', IMAGES);
    await until('the first record', () => faults.recordOf('ingest-killed/0.jpg') !== undefined, LIMIT_MS);

    process.kill(pidOf(host), 'SIGKILL');

    await assess(await uploading);
    // All uploads may have been recorded before the process was killed.
    await until('the restart', () => host.restarts > restarts, LIMIT_MS);
    expect(host.restarts).to.equal(restarts + 1);
  }).timeout(2 * LIMIT_MS);

  for (const outage of ['refuse', 'stall'] as const) {
    it(`loses nothing if Firestore's connections ${outage === 'refuse' ? 'break' : 'stall'}`, async () => {
      const ended = await midStream(`firestore-${outage}`);

      faults.firestore.set({ kind: outage });
      const second = await faults.upload(`firestore-${outage}-meanwhile`, IMAGES / 4);
      const third = await staysFalse(() => faults.waiting(second).length < second.length);
      faults.firestore.heal();

      expect(third, 'labelled without Firestore').to.equal(true);
      await assess([...(await ended()), ...second]);
    }).timeout(2 * LIMIT_MS);

    it(`loses nothing if Pub/Sub's connections ${outage === 'refuse' ? 'break' : 'stall'}`, async () => {
      faults.pubsub.set({ kind: outage });
      const names = await faults.upload(`pubsub-${outage}`, IMAGES);
      const held = await staysFalse(() => faults.waiting(names).length < names.length);
      faults.pubsub.heal();

      expect(held, 'labelled without Pub/Sub').to.equal(true);
      await assess(names);
    }).timeout(2 * LIMIT_MS);
  }

  it('loses nothing if Firestore is stopped and started', async () => {
    const ended = await midStream('firestore-restarted');
    const { firestore } = faults.stack.processes;

    // All earlier writes are saved, since the emulator keeps documents in memory.
    faults.firestore.set({ kind: 'refuse' });
    await firestore.stop();
    await firestore.start();
    faults.firestore.heal();

    await assess(await ended());
  }).timeout(2 * LIMIT_MS);

  it('loses nothing if the bucket answers 503 and interrupts downloads', async () => {
    faults.downloads.now.cutNextDownloads = 2;
    faults.downloads.now.failNext = 5;

    await assess(await faults.upload('bad-bucket', IMAGES));

    expect(faults.downloads.now.failNext).to.equal(0);
    expect(faults.downloads.now.cutNextDownloads).to.equal(0);
  }).timeout(2 * LIMIT_MS);

  it('labels once if a function answers after the acknowledgement deadline', async () => {
    faults.downloads.now.delayMs = ACK_DEADLINE_MS + 2_000;
    const seen = faults.downloadsBegun;
    const names = await faults.upload('late', 4);
    await until('all deliveries under way', () => faults.downloadsBegun === seen + names.length, LIMIT_MS);
    faults.heal();
    await until('second deliveries', () => faults.redelivered(names) >= names.length, LIMIT_MS);
    const answered = () =>
      faults.logged('classify').filter(({ name }) => names.includes(String(name))).length;
    await until('answers to the first', () => answered() >= 2 * names.length, LIMIT_MS);

    await assess(names);
  }).timeout(2 * LIMIT_MS);

  it('rejects an upload when the disk is full, and accepts it when there is space', async () => {
    const kept = await faults.upload('before-full', IMAGES / 4);
    faults.downloads.now.diskFull = true;
    const refusal = await faults.put('full.jpg', await picture()).catch((error: unknown) => error);
    await assess(kept);
    expect(refusal).to.be.instanceOf(Error);
    expect(faults.recordOf('full.jpg')).to.equal(undefined);

    faults.heal();
    await faults.put('full.jpg', await picture());

    await assess(['full.jpg']);
  }).timeout(2 * LIMIT_MS);
});

/** Checks for a second that the condition stays false. */
async function staysFalse(condition: () => boolean): Promise<boolean> {
  return until('the condition', condition, 1_000).then(
    () => false,
    () => true,
  );
}
