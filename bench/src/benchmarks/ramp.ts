/**
 * The rate rises to 1,000 and to 10,000 images a second of one tenant, simulated with the processor time and the durations of
 * `bench/baseline.json`: how long images wait, for what, and what they cost.
 */
import { fileURLToPath } from 'node:url';
import { INGEST_INSTANCES, LABELLING, RECORDING } from '@hangtag/functions/platform/resources.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import type { Benchmark } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { type Fleet, ramp, rising, type Scenario } from '../ramp.js';
import { readResults } from '../results.js';
import {
  cheapestSize,
  type DeclaredSize,
  instancesFor,
  type Measured,
  measuredIn,
  usageOf,
} from '../sizing.js';

const BASELINE = fileURLToPath(new URL('../../baseline.json', import.meta.url));

/** As `npm run bench -- --only scale` counts them, with names that increase. */
const HOTTEST = { unsharded: 0.5, sharded: 0.021 };
const SEED = 1;
/** At the full rate. */
const FULL_SECONDS = 600;
/** A volume at which the processor time decides what is cheapest. */
const LARGE_VOLUME = 100_000_000;

export const benchmark: Benchmark = async ({ say }) => {
  const { figures } = await readResults(BASELINE);
  return Object.entries(scenarios(measuredIn(figures))).flatMap(([name, scenario]) => {
    const result = ramp(scenario, PRICES);
    say(`${name}: at the full rate images wait for ${result.limitedBy ?? 'nothing'}`);
    const figure = (what: string, unit: string, value: number): Measurement => ({
      name: `ramp.${name}.${what}`,
      unit,
      values: [value],
    });
    return [
      figure('labelled', 'images', result.labelled),
      figure('longest_wait_s', 's', result.longestWaitSeconds),
      figure('backlog', 'waiting images', result.backlog),
      figure('waiting_at_the_end', 'waiting images', result.waiting),
      figure('parked', 'parked images', result.parked),
      figure('retries', 'deliveries', result.retries),
      figure('ingest_instances', 'instances', result.instances.ingest),
      figure('classify_instances', 'instances', result.instances.classify),
      figure('usd_per_million', 'USD', result.usdPerMillion),
    ];
  });
};

function scenarios(measured: Measured): Readonly<Record<string, Scenario>> {
  const declared = {
    ingest: fleetOf(measured.ingest, RECORDING, INGEST_INSTANCES),
    classify: fleetOf(measured.classify, LABELLING, LABELLING.maxInstances),
  };
  const large = {
    ingest: fleetOf(measured.ingest, cheapestSize(measured.ingest, PRICES, LARGE_VOLUME), INGEST_INSTANCES),
    classify: sized(
      fleetOf(measured.classify, cheapestSize(measured.classify, PRICES, LARGE_VOLUME), 0),
      10_000,
    ),
  };
  const sharded = { hottestShare: HOTTEST.sharded, seed: SEED };
  const unsharded = { hottestShare: HOTTEST.unsharded, seed: SEED };
  return {
    to_1000: { ...declared, ...sharded, ...rising(1_000, FULL_SECONDS) },
    to_1000_without_shards: { ...declared, ...unsharded, ...rising(1_000, FULL_SECONDS) },
    jump_to_1000: { ...declared, ...sharded, rateAt: () => 1_000, fullFrom: 0, seconds: 3_600 },
    to_10000: { ...large, ...sharded, ...rising(10_000, FULL_SECONDS) },
    to_10000_as_declared: { ...declared, ...sharded, ...rising(10_000, FULL_SECONDS) },
    to_10000_without_shards: { ...large, ...unsharded, ...rising(10_000, FULL_SECONDS) },
  };
}

function fleetOf(measured: Measured['ingest'], size: DeclaredSize, maxInstances: number): Fleet {
  return { ...usageOf(measured, size), maxInstances };
}

/** With as many instances as the rate needs. */
function sized(fleet: Fleet, rate: number): Fleet {
  return { ...fleet, maxInstances: instancesFor(rate, fleet) };
}
