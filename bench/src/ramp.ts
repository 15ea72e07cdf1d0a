/**
 * Simulates how images wait when their rate rises, in steps of a tenth of a second. Pure and deterministic: the random numbers
 * have a seed.
 *
 *   upload --> ingest --> message --> classify --> label
 *     |          |                      |
 *   Storage   instances, Firestore   instances, Storage, Firestore
 *
 * Uploads that Storage refuses are sent again by their client. Deliveries without a free instance wait in Pub/Sub. A delivery
 * whose write Firestore refuses has taken its instance's time, and comes again after a backoff. After `maxDeliveries` an image is
 * parked; `ingest` has no such limit.
 *
 * Simplified: Firestore and Storage refuse what is above their limit at once, while they really become slow first. Their limits
 * rise with time, whether or not they were used. No instance ends, and a new one is billed from its first image.
 */
import type { PriceList } from '@hangtag/shared/domain/prices.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import { billedSeconds, type FunctionUsage, heldSeconds } from './cost.js';
import { instancesFor } from './sizing.js';

/** Published limits, looked up in November 2026, and two assumptions. */
export const LIMITS = {
  /** https://firebase.google.com/docs/firestore/best-practices: 500 operations a second, half more every 5 minutes. */
  firestore: { perSecond: 500, factor: 1.5, everySeconds: 300 },
  /** https://firebase.google.com/docs/firestore/solutions/shard-timestamp: entries of an index whose values only increase. */
  rangeWritesPerSecond: 500,
  /** https://cloud.google.com/storage/docs/request-rate: at first; twice as many every 20 minutes. */
  storageWrites: { perSecond: 1_000, factor: 2, everySeconds: 1_200 },
  storageReads: { perSecond: 5_000, factor: 2, everySeconds: 1_200 },
  /** Assumed, with the time for the container image: a process itself starts in half a second (`cold_start.*`). */
  coldStartSeconds: 2,
  /** Assumed, of each function: Google publishes no number. */
  instanceStartsPerSecond: 10,
  /** As declared for the subscriptions, and what Storage's clients do. */
  backoffSeconds: { min: 1, max: 10 },
  maxDeliveries: 20,
} as const;

interface RisingLimit {
  readonly perSecond: number;
  /** It rises by this factor in this time; without, it stays. */
  readonly factor?: number;
  readonly everySeconds?: number;
}

export interface Fleet extends FunctionUsage {
  readonly maxInstances: number;
}

export interface Scenario {
  /** Images a second at a time in seconds. */
  readonly rateAt: (seconds: number) => number;
  readonly seconds: number;
  /** From this time on the rate is the highest. */
  readonly fullFrom: number;
  readonly ingest: Fleet;
  readonly classify: Fleet;
  /** Of all writes of records, in the busiest range of any index: `npm run bench -- --only scale`. */
  readonly hottestShare: number;
  readonly seed: number;
}

/** The instances of a function, Firestore's limit for its traffic, or that for the busiest range of an index. */
export type LimitingResource = 'storage' | 'ingest' | 'classify' | 'firestore' | 'index';

export interface RampResult {
  readonly labelled: number;
  /** From the upload to the label, of the images that were labelled. */
  readonly longestWaitSeconds: number;
  /** The most images that were uploaded, or refused, and not yet labelled. */
  readonly backlog: number;
  /** Images that wait at the end. */
  readonly waiting: number;
  readonly parked: number;
  readonly retries: number;
  readonly instances: { readonly ingest: number; readonly classify: number };
  /** What refused images at the full rate, else what they waited for; undefined below a hundredth of the images. */
  readonly limitedBy: LimitingResource | undefined;
  /** US dollars for the operations and the instances, for a million labelled images, without storage. */
  readonly usdPerMillion: number;
}

const STEP = 0.1;
const WRITES_AN_IMAGE = 2;

/** Of the limits, so that random arrivals stay below them. */
const CAREFUL = 0.9;

/** As fast as Firestore and Storage allow, then for some time at the full rate of `to` images a second. */
export function rising(to: number, fullSeconds: number): Pick<Scenario, 'rateAt' | 'fullFrom' | 'seconds'> {
  const rateAt = (seconds: number) => {
    const writes = allowedAt(LIMITS.firestore, seconds) / WRITES_AN_IMAGE;
    return Math.min(to, CAREFUL * Math.min(writes, allowedAt(LIMITS.storageWrites, seconds)));
  };
  let fullFrom = 0;
  while (rateAt(fullFrom) < to) fullFrom += 1;
  return { rateAt, fullFrom, seconds: fullFrom + fullSeconds };
}

/** Plays a scenario from its first upload on, with no instance and no traffic before it. */
export function ramp(scenario: Scenario, prices: PriceList): RampResult {
  const simulation = new Simulation(scenario);
  for (let step = 0; step * STEP < scenario.seconds; step += 1) simulation.play(step);
  return simulation.result(prices);
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #random: () => number;
  readonly #uploads: Line;
  readonly #ingest: Stage;
  readonly #classify: Stage;
  readonly #allowed: Readonly<Record<'firestore' | 'range' | 'uploads' | 'downloads', Allowance>>;
  readonly #refused = { storage: 0, firestore: 0, index: 0 };
  readonly #waited = { ingest: 0, classify: 0 };
  readonly #count = { full: 0, labelled: 0, parked: 0, longestWait: 0, backlog: 0 };

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = mulberry32(scenario.seed);
    this.#uploads = new Line(this.#random);
    this.#ingest = new Stage(scenario.ingest, this.#random);
    this.#classify = new Stage(scenario.classify, this.#random);
    this.#allowed = {
      firestore: new Allowance(LIMITS.firestore),
      range: new Allowance({ perSecond: LIMITS.rangeWritesPerSecond / scenario.hottestShare }),
      uploads: new Allowance(LIMITS.storageWrites),
      downloads: new Allowance(LIMITS.storageReads),
    };
  }

  play(step: number): void {
    const now = step * STEP;
    const rate = this.#scenario.rateAt(now);
    this.#upload(step, rate);
    const created = this.#ingest.serve(step, rate);
    const settled = this.#classify.serve(step, rate, this.#allowed.downloads.at(now));
    this.#allowed.downloads.use(imagesOf(settled));
    if (now >= this.#scenario.fullFrom) {
      this.#count.full += rate * STEP;
      this.#waited.ingest += this.#ingest.line.dueNow(step);
      this.#waited.classify += this.#classify.line.dueNow(step);
    }
    this.#write(step, created, settled);
    this.#count.backlog = Math.max(this.#count.backlog, this.#waiting());
  }

  result(prices: PriceList): RampResult {
    const { full, labelled, parked, longestWait, backlog } = this.#count;
    const [ingest, classify] = [this.#ingest, this.#classify];
    return {
      labelled: Math.round(labelled),
      longestWaitSeconds: longestWait,
      backlog: Math.round(backlog),
      waiting: Math.round(this.#waiting()),
      parked: Math.round(parked),
      retries: Math.round(this.#uploads.retries + ingest.line.retries + classify.line.retries),
      instances: { ingest: ingest.instances, classify: classify.instances },
      limitedBy: largest(this.#refused, full) ?? largest(this.#waited, full),
      usdPerMillion: (this.#cost(prices) / labelled) * 1e6,
    };
  }

  #upload(step: number, rate: number): void {
    const now = step * STEP;
    this.#uploads.add({ since: now, images: arrivals(rate * STEP, this.#random), tries: 0 }, step);
    const stored = this.#uploads.take(step, this.#allowed.uploads.at(now));
    this.#allowed.uploads.use(imagesOf(stored));
    for (const group of this.#uploads.drain(step)) {
      this.#refuse('storage', group.images, now);
      this.#uploads.retry(group, step);
    }
    for (const group of stored) this.#ingest.line.add({ ...group, tries: 0 }, step);
  }

  /** Both functions have the same share of their writes refused. */
  #write(step: number, created: readonly Group[], settled: readonly Group[]): void {
    const now = step * STEP;
    const [writes, rangeWrites] = [this.#allowed.firestore.at(now), this.#allowed.range.at(now)];
    const wanted = imagesOf(created) + imagesOf(settled);
    const share = Math.min(1, writes / wanted, rangeWrites / wanted);
    const [queued, recordRefused] = split(created, share);
    const [labelled, labelRefused] = split(settled, share);
    this.#allowed.firestore.use(wanted * share);
    this.#allowed.range.use(wanted * share);
    const refusedImages = imagesOf(recordRefused) + imagesOf(labelRefused);
    this.#refuse(rangeWrites < writes ? 'index' : 'firestore', refusedImages, now);
    for (const group of recordRefused) this.#ingest.line.retry(group, step);
    for (const group of labelRefused) {
      if (group.tries + 1 < LIMITS.maxDeliveries) this.#classify.line.retry(group, step);
      else this.#count.parked += group.images;
    }
    for (const group of queued) this.#classify.line.add({ ...group, tries: 0 }, step);
    for (const { since, images } of labelled) {
      this.#count.labelled += images;
      this.#count.longestWait = Math.max(this.#count.longestWait, now - since);
    }
  }

  #refuse(by: 'storage' | 'firestore' | 'index', images: number, now: number): void {
    if (now >= this.#scenario.fullFrom) this.#refused[by] += images;
  }

  #waiting(): number {
    return this.#uploads.images + this.#ingest.line.images + this.#classify.line.images;
  }

  #cost(prices: PriceList): number {
    const { usd } = prices;
    const { labelled, parked } = this.#count;
    const [ingest, classify] = [this.#ingest, this.#classify];
    return (
      ingest.cost(this.#scenario, prices) +
      classify.cost(this.#scenario, prices) +
      WRITES_AN_IMAGE * usd.write * labelled +
      usd.list * (labelled + parked) +
      usd.download * classify.served +
      usd.message * (ingest.served + classify.served)
    );
  }
}

/** Images that arrived together, at the time `since` in seconds. */
interface Group {
  readonly since: number;
  readonly images: number;
  /** Earlier tries at the present step of the way. */
  readonly tries: number;
}

/** Groups by the time at which they may go on; the oldest first. */
class Line {
  readonly #due: Group[] = [];
  readonly #later = new Map<number, Group[]>();
  readonly #random: () => number;
  #dueImages = 0;
  #arrived = -1;
  images = 0;
  retries = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  add(group: Group, step: number): void {
    if (group.images <= 0) return;
    this.images += group.images;
    // What comes after the images of this step were taken has its turn in the next one.
    const due = Math.max(step, this.#arrived + 1);
    const groups = this.#later.get(due) ?? [];
    this.#later.set(due, groups);
    groups.push(group);
  }

  /** After an exponential backoff, half of which is random. */
  retry({ since, images, tries }: Group, step: number): void {
    this.retries += images;
    const { min, max } = LIMITS.backoffSeconds;
    const backoff = Math.min(max, min * 2 ** tries) * (0.5 + this.#random() / 2);
    this.add({ since, images, tries: tries + 1 }, step + Math.ceil(backoff / STEP));
  }

  /** At most `most` images; a group may be divided. */
  take(step: number, most: number): Group[] {
    this.#arrive(step);
    const taken: Group[] = [];
    let room = most;
    while (room > 0) {
      const group = this.#due[0];
      if (group === undefined) break;
      const images = Math.min(room, group.images);
      taken.push({ ...group, images });
      if (images < group.images) this.#due[0] = { ...group, images: group.images - images };
      else this.#due.shift();
      room -= images;
    }
    this.images -= imagesOf(taken);
    this.#dueImages -= imagesOf(taken);
    return taken;
  }

  drain(step: number): Group[] {
    return this.take(step, Number.POSITIVE_INFINITY);
  }

  /** Images that wait for nothing but room. */
  dueNow(step: number): number {
    this.#arrive(step);
    return Math.max(0, this.#dueImages);
  }

  #arrive(step: number): void {
    if (step <= this.#arrived) return;
    this.#arrived = step;
    const groups = this.#later.get(step) ?? [];
    this.#due.push(...groups);
    this.#dueImages += imagesOf(groups);
    this.#later.delete(step);
  }
}

/** The instances of a function, and the images that wait for them. */
class Stage {
  readonly line: Line;
  readonly #fleet: Fleet;
  /** The time of each start, in steps. */
  readonly #starts: number[] = [];
  #startable = 0;
  served = 0;

  constructor(fleet: Fleet, random: () => number) {
    this.#fleet = fleet;
    this.line = new Line(random);
  }

  get instances(): number {
    return this.#starts.length;
  }

  /** The images that instances can serve in this step. */
  serve(step: number, rate: number, most = Number.POSITIVE_INFINITY): Group[] {
    this.#scale(step, rate);
    const startedBefore = step - LIMITS.coldStartSeconds / STEP;
    const ready = countUpTo(this.#starts, startedBefore);
    const served = this.line.take(step, Math.min(most, (ready * STEP) / heldSeconds(this.#fleet)));
    this.served += imagesOf(served);
    return served;
  }

  #scale(step: number, rate: number): void {
    const { maxInstances, concurrency } = this.#fleet;
    const forRate = instancesFor(rate, this.#fleet);
    const wanted = Math.min(maxInstances, Math.max(forRate, this.line.dueNow(step) / concurrency));
    this.#startable = Math.min(this.#startable + LIMITS.instanceStartsPerSecond * STEP, 1);
    while (this.instances < wanted && this.#startable >= 1) {
      this.#starts.push(step);
      this.#startable -= 1;
    }
  }

  cost({ seconds }: Scenario, { usd }: PriceList): number {
    const { cores, gib } = this.#fleet;
    const price = cores * usd.cpuSecond + gib * usd.gibSecond;
    return this.served * (billedSeconds(this.#fleet, this.served / seconds) * price + usd.invocation);
  }
}

/** A second. */
function allowedAt({ perSecond, factor = 1, everySeconds = 1 }: RisingLimit, seconds: number): number {
  return perSecond * factor ** (seconds / everySeconds);
}

/** What a limit allows: as much as it is for a second, if nothing was used. */
class Allowance {
  readonly #limit: RisingLimit;
  #left = Number.POSITIVE_INFINITY;

  constructor(limit: RisingLimit) {
    this.#limit = limit;
  }

  /** Called once for each step. */
  at(seconds: number): number {
    const limit = allowedAt(this.#limit, seconds);
    this.#left = Math.min(limit, this.#left + limit * STEP);
    return this.#left;
  }

  use(amount: number): void {
    this.#left -= amount;
  }
}

/** Of more than a hundredth of the images. */
function largest<Name extends string>(
  counts: Readonly<Record<Name, number>>,
  images: number,
): Name | undefined {
  const [most] = (Object.entries(counts) as [Name, number][]).sort(([, a], [, b]) => b - a);
  return most !== undefined && most[1] > images / 100 ? most[0] : undefined;
}

/** Of a Poisson process; its normal approximation is enough, since waits come from seconds and not from single images. */
function arrivals(mean: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(0, mean + Math.sqrt(mean) * normal);
}

/** Divides whole groups in order, so that the first `share` of the images is in the first part. */
function split(groups: readonly Group[], share: number): [Group[], Group[]] {
  let room = imagesOf(groups) * share;
  const parts: [Group[], Group[]] = [[], []];
  for (const group of groups) {
    const images = Math.min(room, group.images);
    room -= images;
    if (images > 0) parts[0].push({ ...group, images });
    if (group.images - images > 1e-9) parts[1].push({ ...group, images: group.images - images });
  }
  return parts;
}

function imagesOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { images }) => sum + images, 0);
}

/** Of ascending values. */
function countUpTo(values: readonly number[], most: number): number {
  const after = values.findIndex((value) => value > most);
  return after === -1 ? values.length : after;
}
