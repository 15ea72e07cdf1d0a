/** One measured quantity over all runs of a benchmark. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly runs: number;
}

/** @param values at least one */
export function figureOf(name: string, unit: string, values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  return { name, unit, min: at(0), median: at(0.5), max: at(1), runs: sorted.length };
}
