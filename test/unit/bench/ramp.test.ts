import { type Fleet, LIMITS, type RampResult, ramp, rising, type Scenario } from '@hangtag/bench/ramp.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import { expect } from 'chai';

const INGEST: Fleet = {
  cpuSeconds: 0.004,
  aloneSeconds: 0.03,
  cores: 1,
  gib: 0.25,
  concurrency: 40,
  maxInstances: 100,
};
const CLASSIFY: Fleet = { ...INGEST, cpuSeconds: 0.02, aloneSeconds: 0.05, gib: 1, concurrency: 8 };
const RATE = 700;
const FULL_SECONDS = 200;
const SCENARIO: Scenario = {
  ...rising(RATE, FULL_SECONDS),
  ingest: INGEST,
  classify: CLASSIFY,
  hottestShare: 0.021,
  seed: 1,
};

describe('A rising rate', () => {
  const simulate = (change: Partial<Scenario> = {}): RampResult => ramp({ ...SCENARIO, ...change }, PRICES);
  const arrivedIn = ({ rateAt, seconds }: Scenario) => {
    let images = 0;
    for (let second = 0; second < seconds; second += 1) images += rateAt(second + 0.5);
    return images;
  };

  it('has images wait for the first instances only, with sharded indexes', () => {
    const { longestWaitSeconds, parked, limitedBy, waiting } = simulate();

    expect(longestWaitSeconds).to.be.within(2, 8);
    expect(waiting).to.be.below(RATE);
    expect({ parked, limitedBy }).to.deep.equal({ parked: 0, limitedBy: undefined });
  });

  it('is limited by the busiest range of an index, without shards, to 500 images a second', () => {
    const { limitedBy, waiting, labelled } = simulate({ hottestShare: 0.5 });

    expect(limitedBy).to.equal('index');
    expect(labelled).to.be.below(500 * SCENARIO.seconds);
    expect(waiting).to.be.above((RATE - 500) * FULL_SECONDS);
  });

  it('is limited by Firestore if it jumps, and costs more for deliveries in vain', () => {
    const jump = simulate({ rateAt: () => RATE, fullFrom: 0 });

    expect(jump.limitedBy).to.equal('firestore');
    expect(jump.retries).to.be.above(jump.labelled / 10);
    expect(jump.usdPerMillion).to.be.above(simulate().usdPerMillion);
  });

  it('is limited by a function that may have too few instances', () => {
    const { limitedBy, instances } = simulate({ classify: { ...CLASSIFY, maxInstances: 10 } });

    expect(limitedBy).to.equal('classify');
    expect(instances.classify).to.equal(10);
  });

  it('is limited by Storage if the bucket gets more uploads than its rate allows', () => {
    expect(simulate({ rateAt: () => 3_000, fullFrom: 0, seconds: 60 }).limitedBy).to.equal('storage');
  });

  it('parks images whose twentieth delivery is refused, and none before', () => {
    const { min, max } = LIMITS.backoffSeconds;
    const backoffs = Array.from({ length: 20 - 1 }, (_, tries) => Math.min(max, min * 2 ** tries));
    const longest = backoffs.reduce((sum, seconds) => sum + seconds, 0);
    const parkedAfter = (seconds: number) =>
      simulate({ rateAt: () => 20_000, fullFrom: 0, hottestShare: 1, seconds }).parked;

    // A random number takes up to half of each backoff away.
    expect(parkedAfter(longest / 2)).to.equal(0);
    expect(parkedAfter(1.1 * longest)).to.be.above(0);
  });

  it('loses no image: each is labelled, parked, or waits', () => {
    const { labelled, parked, waiting } = simulate({ hottestShare: 0.5 });

    expect(labelled + parked + waiting).to.be.closeTo(arrivedIn(SCENARIO), arrivedIn(SCENARIO) / 100);
  });

  it('gives the same result for the same seed', () => {
    expect(simulate()).to.deep.equal(simulate());
    expect(simulate({ seed: 2 })).not.to.deep.equal(simulate());
  });
});
