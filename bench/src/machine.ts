import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** The machine of a run. Figures mean little without it. */
export interface Machine {
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  /**
   * Load average of the last minute at the start of the run. If it is far from 0, other work shared the cores.
   */
  readonly loadAverage: number;
}

export function thisMachine(): Machine {
  return {
    system: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
