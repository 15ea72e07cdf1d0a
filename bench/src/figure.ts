/** Measurements of a benchmark, and the figures made from them. Pure arithmetic. */

/** One quantity as a benchmark measured it, with one value for each run. */
export interface Measurement {
  /** With dots; ends with its unit if that is not obvious: `latency.p50_ms`. */
  readonly name: string;
  readonly unit: string;
  /** At least one. Equal names in several benchmarks are runs of one quantity. */
  readonly values: readonly number[];
  /** Name of the quantity for the ratio. */
  readonly ratioTo?: string;
}

/** The unit of a share of a limit, which should be high. Of other shares, less is better. */
export const SHARE_REACHED = 'share reached';

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly runs: number;
  readonly ratioTo?: string;
  /** Median divided by median; absent if the other quantity was not measured in this run. */
  readonly ratio?: number;
  /** Difference of two runs of one build, as a share of their mean; absent if it was run once. */
  readonly noise?: number;
}

/** In the order of the first occurrence of each name. */
export function figuresOf(measurements: readonly Measurement[]): Figure[] {
  const groups = new Map<string, Measurement[]>();
  for (const measurement of measurements) {
    groups.set(measurement.name, [...(groups.get(measurement.name) ?? []), measurement]);
  }
  const figures = new Map([...groups].map(([name, same]) => [name, figureOf(same)]));
  return [...figures.values()].map((figure) => withRatio(figure, figures.get(figure.ratioTo ?? '')));
}

/** Figures of two runs of one build in turns, with the difference of their medians as noise. */
export function figuresOfTwice(one: readonly Measurement[], other: readonly Measurement[]): Figure[] {
  const [first, second] = [one, other].map((run) => new Map(figuresOf(run).map((each) => [each.name, each])));
  return figuresOf([...one, ...other]).map((figure) => {
    const [a, b] = [first?.get(figure.name), second?.get(figure.name)];
    if (a === undefined || b === undefined || a.median + b.median === 0) return figure;
    return { ...figure, noise: rounded((2 * Math.abs(a.median - b.median)) / Math.abs(a.median + b.median)) };
  });
}

function figureOf(same: readonly Measurement[]): Figure {
  const [first] = same;
  const values = same.flatMap((measurement) => measurement.values).toSorted((a, b) => a - b);
  if (first === undefined || values.length === 0 || !values.every(Number.isFinite)) {
    throw new RangeError(`Expected finite values for ${first?.name} but received [${values.join(', ')}]`);
  }
  const { name, unit, ratioTo } = first;
  const [min = Number.NaN, max = Number.NaN] = [values.at(0), values.at(-1)];
  const spread = { min: rounded(min), median: rounded(median(values)), max: rounded(max) };
  return { name, unit, ...spread, runs: values.length, ...(ratioTo !== undefined && { ratioTo }) };
}

function withRatio(figure: Figure, reference: Figure | undefined): Figure {
  if (reference === undefined || reference.median === 0) return figure;
  return { ...figure, ratio: rounded(figure.median / reference.median) };
}

/** Of ascending values; the mean of the middle two if their number is even. */
function median(ascending: readonly number[]): number {
  const middle = (ascending.length - 1) / 2;
  const [low = Number.NaN, high = Number.NaN] = [ascending[Math.floor(middle)], ascending[Math.ceil(middle)]];
  return (low + high) / 2;
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
