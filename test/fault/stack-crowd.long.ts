/**
 * One tenant uploads many images at the same time: memory and concurrent requests stay limited, no image is
 * lost, and the few images of another tenant do not wait for them. `CROWD=10000` sets the number of images; the
 * figures are printed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { Crowd } from '../support/crowd.js';
import { describeWithEmulators } from '../support/google-emulators.js';
import { until } from '../support/until.js';

const CROWD = Number(process.env['CROWD'] ?? 1_000);
/** A busy machine labels five images a second. */
const LIMIT_MS = 60_000 + CROWD * 200;
/** Deliveries of uploads and deletions, and messages of two topics. */
const MOST_IN_HAND = { functions: 16 + 2 * 12, classify: 2 * 12 } as const;
/**
 * Of all Node processes together. One of them keeps the events that wait for delivery, so ten thousand need
 * more.
 */
const MOST_MIB = CROWD > 1_000 ? 1_536 : 1_024;

await describeWithEmulators('A crowd of uploads by one tenant', (_emulators) => {
  let crowd: Crowd;

  before(async function () {
    this.timeout(240_000);
    crowd = await Crowd.start();
  });
  after(async () => {
    await crowd?.stop();
  });

  it('stays within limits of memory and requests, loses no image, and does not delay others', async () => {
    const aloneMs = await crowd.longestWaitOfFew('alone', LIMIT_MS);
    const startedAt = performance.now();
    const seconds = () => Math.round((performance.now() - startedAt) / 1_000);

    const { taken, ended } = crowd.upload(CROWD);
    await until('half of the crowd', () => taken() >= CROWD / 2, LIMIT_MS);
    const amidstMs = await crowd.longestWaitOfFew('amidst', LIMIT_MS);
    await ended;
    const uploadedS = seconds();
    const labelledBefore = await crowd.count('done', 'review');
    const waiting = CROWD - labelledBefore;
    const behindMs = await crowd.longestWaitOfFew('behind', LIMIT_MS);
    const labelledMeanwhile = (await crowd.count('done', 'review')) - labelledBefore;
    while ((await crowd.count('done', 'review')) < CROWD && seconds() * 1_000 < LIMIT_MS) await pause(1_000);
    const labelledS = seconds();

    const mib = await crowd.peaksMib();
    const inHand = {
      functions: await crowd.mostInHand('functions'),
      classify: await crowd.mostInHand('classify'),
    };
    console.log(`      a crowd of ${CROWD}, uploaded in ${uploadedS} s, labelled in ${labelledS} s`);
    console.log(`      ten of another tenant: ${aloneMs} ms alone, ${amidstMs} amidst, ${behindMs} behind`);
    console.log(`      behind ${waiting} that wait, of which ${labelledMeanwhile} came first`);
    console.log('      most in hand:', inHand, 'peak MiB:', mib);
    expect(await crowd.count('done', 'review'), 'labelled').to.equal(CROWD);
    // With one lane, all of them would have been labelled first.
    expect(waiting, 'uploaded before the few').to.be.above(CROWD / 10);
    expect(labelledMeanwhile).to.be.below(waiting / 2);
    expect(inHand.functions).to.be.within(2, MOST_IN_HAND.functions);
    expect(inHand.classify).to.be.within(2, MOST_IN_HAND.classify);
    expect(Object.values(mib).reduce((sum, each) => sum + each)).to.be.within(1, MOST_MIB);
  }).timeout(4 * LIMIT_MS);
});
