import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where figures were measured: they mean little without it. */
export interface Machine {
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  /** Of the last minute when the run began: far from 0, other work shared the cores. */
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
