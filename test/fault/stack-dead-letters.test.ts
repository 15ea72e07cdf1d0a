/**
 * Images that no delivery can label, on a real stack: they are parked and delay no other image; after the fault
 * is fixed, a replay labels them. Also messages that Pub/Sub lost: a sweep sends them again.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { FaultStack, picture } from '../support/fault-stack.js';
import { describeWithEmulators } from '../support/google-emulators.js';
import { sweepAnHourLater } from '../support/late-sweep.js';
import { until } from '../support/until.js';

const LIMIT_MS = 180_000;
const REPLAY = fromRoot('tools/dist/replay-command.js');

await describeWithEmulators('A stack with images that cannot be labelled', (emulators) => {
  let faults: FaultStack;

  before(async function () {
    this.timeout(240_000);
    faults = await FaultStack.start(emulators);
  });
  afterEach(() => faults.heal());
  after(async () => {
    await faults?.stop();
  });

  async function replay(...options: string[]): Promise<string> {
    const env = { ...process.env, ...faults.stack.env };
    return (await promisify(execFile)(process.execPath, [REPLAY, ...options], { env })).stdout;
  }

  it('parks an image that kills its worker, rejects one that hangs it, labels all others, and replays after a fix', async () => {
    await faults.put('poison/crash.jpg', await FaultStack.poison('crash'));
    await faults.put('poison/hang.jpg', await FaultStack.poison('hang'));
    const good = await faults.upload('beside-poison', 20);

    await faults.settled(['poison/crash.jpg', 'poison/hang.jpg', ...good], LIMIT_MS);

    expect(faults.recordOf('poison/crash.jpg')).to.include({
      status: 'failed',
      reason: 'parked',
      attempts: 3,
    });
    expect(faults.recordOf('poison/hang.jpg')).to.include({ status: 'failed', reason: 'too-slow' });
    const saidOfGood = good.map((name) => faults.recordOf(name)).map((r) => r?.category ?? r?.reason);
    expect(saidOfGood).to.deep.equal(good.map(() => 'red'));
    expect(faults.mostLabellings(good)).to.equal(1);
    expect(faults.stack.processes.classify.restarts).to.equal(0);

    expect(await replay('--dry-run')).to.include('1 parked, 0 replayed');
    expect(faults.recordOf('poison/crash.jpg')).to.include({ status: 'failed' });
    await faults.fixWorkers();
    expect(await replay()).to.include('1 parked, 1 replayed');

    await until('a label', () => faults.recordOf('poison/crash.jpg')?.category === 'red', LIMIT_MS);
    expect(faults.mostLabellings(['poison/crash.jpg'])).to.equal(1);
  }).timeout(4 * LIMIT_MS);

  it('parks an image through the dead-letter topic when every delivery has failed', async () => {
    faults.downloads.denied = true;
    await faults.put('forbidden.jpg', await picture(), { priority: 'backfill' });
    const [parked] = await faults.settled(['forbidden.jpg'], LIMIT_MS);
    faults.heal();

    // No attempt was counted, since the bytes never arrived: the subscription reached its limit of deliveries.
    expect(parked).to.include({ status: 'failed', reason: 'parked', attempts: 0 });
    const parkings = () => faults.logged('functions').filter((line) => line['outcome'] === 'parked');
    await until('its line in the log', () => parkings().length > 0, LIMIT_MS);
    expect(parkings().map((line) => line['function'])).to.deep.equal(['deadLetter']);
  }).timeout(3 * LIMIT_MS);

  it('labels by a sweep the images whose messages Pub/Sub lost in a restart', async () => {
    const { pubsub, classify } = faults.stack.processes;
    // Nothing is labelled meanwhile, so that Pub/Sub has the messages when it stops.
    faults.downloads.now.delayMs = 3_000;
    const names = await faults.upload('forgotten', 20);
    await until('records', () => names.every((name) => faults.recordOf(name) !== undefined), LIMIT_MS);
    await pubsub.stop();
    faults.heal();
    await pubsub.start();

    await sweepAnHourLater(faults.stack);

    await faults.settled(names, LIMIT_MS);
    expect(names.map((name) => faults.recordOf(name)?.category)).to.deep.equal(names.map(() => 'red'));
    expect(faults.mostLabellings(names)).to.equal(1);
    expect(classify.restarts).to.equal(0);
  }).timeout(4 * LIMIT_MS);
});
