/** The processes of a stage by name, their memory and the processor time they have used. */
import { processStateOf } from '@hangtag/shared/inference/isolation/process-state.js';
import type { Measurement } from '../figure.js';
import { childrenOf, peakResidentMib } from './node-processes.js';
import type { Stage } from './stage.js';

/**
 * `launcher` is the process of the benchmark: bucket server, event delivery, bridge and scheduler, as in `npm
 * start`, and also the client that uploads and the one that listens. `worker` are the processes that decode and
 * infer.
 */
export const PARTS = ['launcher', 'functions', 'classify', 'worker', 'firestore', 'pubsub'] as const;
export type Part = (typeof PARTS)[number];

export async function partsOf({ stack }: Stage): Promise<ReadonlyMap<number, Part>> {
  const parts = new Map<number, Part>([[process.pid, 'launcher']]);
  for (const name of ['functions', 'classify', 'firestore', 'pubsub'] as const) {
    const { pid } = stack.processes[name];
    if (pid !== undefined) parts.set(pid, name);
  }
  const { pid: classify } = stack.processes.classify;
  if (classify !== undefined) for (const pid of await childrenOf(classify)) parts.set(pid, 'worker');
  return parts;
}

/** For each part, the peak of its largest process in MiB. */
export async function peaksOf(stage: Stage): Promise<ReadonlyMap<Part, number>> {
  const peaks = new Map<Part, number>();
  for (const [pid, part] of await partsOf(stage)) {
    peaks.set(part, Math.max(peaks.get(part) ?? 0, await peakResidentMib(pid)));
  }
  return peaks;
}

export async function peakMeasurements(stage: Stage, name: string): Promise<Measurement[]> {
  return [...(await peaksOf(stage))].map(([part, mib]) => ({
    name: `${name}.rss_mb.${part}`,
    unit: 'MiB',
    values: [mib],
  }));
}

/** Milliseconds of processor time for each part since its processes started; without workers that ended. */
export async function processorTimes(stage: Stage): Promise<ReadonlyMap<Part, number>> {
  const times = new Map<Part, number>();
  for (const [pid, part] of await partsOf(stage)) {
    times.set(part, (times.get(part) ?? 0) + (processStateOf(pid)?.processorMs ?? 0));
  }
  return times;
}
