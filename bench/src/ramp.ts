/**
 * The number of instances when the rate of images rises from 0 to its full value at once, in steps of a tenth
 * of a second. Pure. Images wait in Pub/Sub; the autoscaler keeps as many instances as the rate needs at 60 %
 * of their cores, and more if images wait.
 */
export interface Fleet {
  readonly cpuSecondsPerImage: number;
  readonly coresPerInstance: number;
  /** Concurrent images of an instance. */
  readonly concurrency: number;
  readonly maxInstances: number;
  readonly coldStartSeconds: number;
}

export interface RampResult {
  readonly peakInstances: number;
  /** For each image, before an instance starts with it. */
  readonly longestWaitSeconds: number;
  /** From the first image until no image waits; undefined if the instances never catch up. */
  readonly caughtUpSeconds: number | undefined;
}

const STEP_SECONDS = 0.1;
const TARGET_UTILISATION = 0.6;

/** @param rate images per second, constant from the start for `seconds` */
export function ramp(rate: number, forSeconds: number, fleet: Fleet): RampResult {
  const perInstance = (fleet.coresPerInstance / fleet.cpuSecondsPerImage) * STEP_SECONDS;
  const starts: number[] = [];
  const result = { peakInstances: 0, longestWaitSeconds: 0, lastWaitAt: 0 };
  let queue = 0;
  for (let now = 0; now < forSeconds; now += STEP_SECONDS) {
    queue += rate * STEP_SECONDS;
    const wanted = Math.min(fleet.maxInstances, instancesWanted(rate, queue, fleet));
    while (starts.length < wanted) starts.push(now);
    const ready = starts.filter((start) => now - start >= fleet.coldStartSeconds).length;
    queue = Math.max(0, queue - ready * perInstance);
    result.peakInstances = Math.max(result.peakInstances, starts.length);
    result.longestWaitSeconds = Math.max(result.longestWaitSeconds, queue / rate);
    if (queue > rate * STEP_SECONDS) result.lastWaitAt = now + STEP_SECONDS;
  }
  const { lastWaitAt, ...figures } = result;
  return { ...figures, caughtUpSeconds: lastWaitAt + STEP_SECONDS < forSeconds ? lastWaitAt : undefined };
}

function instancesWanted(rate: number, queue: number, fleet: Fleet): number {
  const forRate = (rate * fleet.cpuSecondsPerImage) / (fleet.coresPerInstance * TARGET_UTILISATION);
  return Math.ceil(Math.max(forRate, queue / fleet.concurrency));
}
