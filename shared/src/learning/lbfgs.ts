/** Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4) with a backtracking line search. Deterministic. */

/** Writes the gradient at `at` into `gradient`. @returns the value there */
export type Objective = (at: Float64Array, gradient: Float64Array) => number;

export interface Stopping {
  readonly maxIterations: number;
  /** Ends when one iteration lowers the value by less than this share of it. */
  readonly tolerance: number;
}

/** Steps whose curvature is remembered. */
const MEMORY = 8;
const SUFFICIENT_DECREASE = 1e-4;
const MOST_HALVINGS = 20;

interface Step {
  readonly move: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

interface Point {
  readonly at: Float64Array;
  readonly gradient: Float64Array;
  readonly value: number;
}

/** @returns where the value is lowest, by steps down from `start` */
export function minimise(objective: Objective, start: Float64Array, stopping: Stopping): Float64Array {
  const evaluate = (at: Float64Array): Point => {
    const gradient = new Float64Array(at.length);
    return { at, gradient, value: objective(at, gradient) };
  };
  let point = evaluate(start.slice());
  const steps: Step[] = [];
  for (let iteration = 0; iteration < stopping.maxIterations; iteration += 1) {
    const next = descend(point, directionOf(point.gradient, steps), evaluate);
    if (next === undefined) return point.at;
    remember(steps, point, next);
    const gain = point.value - next.value;
    point = next;
    if (gain <= stopping.tolerance * Math.abs(next.value)) break;
  }
  return point.at;
}

/** Halves the step until the value falls enough; undefined if no step does. */
function descend(
  { at, gradient, value }: Point,
  direction: Float64Array,
  evaluate: (at: Float64Array) => Point,
): Point | undefined {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  for (let halving = 0, length = 1; halving < MOST_HALVINGS; halving += 1, length /= 2) {
    const next = evaluate(at.map((x, index) => x + length * (direction[index] ?? 0)));
    if (next.value <= value + SUFFICIENT_DECREASE * length * slope) return next;
  }
  return undefined;
}

function remember(steps: Step[], from: Point, to: Point): void {
  const move = difference(to.at, from.at);
  const change = difference(to.gradient, from.gradient);
  const curvature = dot(move, change);
  if (curvature <= 1e-12 * dot(change, change)) return;
  steps.push({ move, change, curvature });
  if (steps.length > MEMORY) steps.shift();
}

/** The negative gradient, corrected by the curvature of the remembered steps. */
function directionOf(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const shares: number[] = [];
  for (const { move, change, curvature } of steps.toReversed()) {
    const share = dot(move, direction) / curvature;
    shares.unshift(share);
    addScaled(direction, change, -share);
  }
  const latest = steps.at(-1);
  const scale =
    latest === undefined
      ? 1 / Math.max(1, norm(gradient))
      : latest.curvature / dot(latest.change, latest.change);
  for (let index = 0; index < direction.length; index += 1)
    direction[index] = (direction[index] ?? 0) * scale;
  for (const [index, { move, change, curvature }] of steps.entries())
    addScaled(direction, move, (shares[index] ?? 0) - dot(change, direction) / curvature);
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => value - (b[index] ?? 0));
}

function addScaled(to: Float64Array, vector: Float64Array, factor: number): void {
  for (let index = 0; index < to.length; index += 1)
    to[index] = (to[index] ?? 0) + factor * (vector[index] ?? 0);
}
