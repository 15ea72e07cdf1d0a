/**
 * Multinomial logistic regression: the head whose softmax gives the labels of the examples, with a penalty (L2) on the squared
 * distance of its weights from those it starts with. The same examples give the same bytes: plain loops over typed arrays, in a
 * fixed order, in double precision.
 */
import type { Head } from '../inference/head.js';
import { countOf, type Examples } from './examples.js';
import { minimise, type Objective } from './lbfgs.js';

export interface Fit {
  readonly examples: Examples;
  /** How much each example counts. */
  readonly weights: Float64Array;
  /** The weights that the penalty pulls to: those of a model that knows its labels, or zeros. */
  readonly prior: LinearMap;
  /** Factor of the penalty. */
  readonly penalty: number;
}

/** A head without names. */
export type LinearMap = Pick<Head, 'inputs' | 'weights' | 'bias'>;

const STOPPING = { maxIterations: 60, tolerance: 1e-3 } as const;

export function zeroMap(outputs: number, inputs: number): LinearMap {
  return { inputs, weights: new Float32Array(outputs * inputs), bias: new Float32Array(outputs) };
}

export function fitHead({ examples, weights, prior, penalty }: Fit): LinearMap {
  const space = spaceOf(examples);
  const anchor = toSpace(prior, space);
  const data = { rows: centred(examples, space), labels: examples.labels, weights, inputs: examples.inputs };
  const objective = penalised(crossEntropy(data, prior.bias.length), anchor, {
    penalty,
    inputs: examples.inputs,
  });
  return fromSpace(minimise(objective, anchor, STOPPING), space, prior.bias.length);
}

/** Weights with which rare labels count more: by the root of their share, so that a frequent label does not outweigh the others. */
export function balancedWeights(labels: Int32Array): Float64Array {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const mean = labels.length / counts.size;
  return Float64Array.from(labels, (label) => Math.sqrt(mean / (counts.get(label) ?? 1)));
}

/** Embeddings are used minus their mean and divided by one number: the directions of descent are then alike in length. */
interface Space {
  readonly inputs: number;
  readonly mean: Float64Array;
  readonly scale: number;
}

function spaceOf(examples: Examples): Space {
  const { inputs, embeddings } = examples;
  const mean = new Float64Array(inputs);
  const count = countOf(examples);
  for (let at = 0; at < embeddings.length; at += 1) {
    const input = at % inputs;
    mean[input] = (mean[input] ?? 0) + (embeddings[at] ?? 0) / count;
  }
  let squares = 0;
  for (let at = 0; at < embeddings.length; at += 1)
    squares += ((embeddings[at] ?? 0) - (mean[at % inputs] ?? 0)) ** 2;
  return { inputs, mean, scale: Math.sqrt(squares / embeddings.length) || 1 };
}

function centred({ embeddings, inputs }: Examples, { mean, scale }: Space): Float32Array {
  return embeddings.map((value, at) => (value - (mean[at % inputs] ?? 0)) / scale);
}

/** Parameters: for each output its weights, then its bias. */
function toSpace({ weights, bias, inputs }: LinearMap, { mean, scale }: Space): Float64Array {
  const width = inputs + 1;
  const parameters = new Float64Array(bias.length * width);
  for (const [output, constant] of bias.entries()) {
    let shifted = constant;
    for (let input = 0; input < inputs; input += 1) {
      const weight = weights[output * inputs + input] ?? 0;
      parameters[output * width + input] = weight * scale;
      shifted += weight * (mean[input] ?? 0);
    }
    parameters[output * width + inputs] = shifted;
  }
  return parameters;
}

function fromSpace(parameters: Float64Array, { mean, scale, inputs }: Space, outputs: number): LinearMap {
  const { weights, bias } = zeroMap(outputs, inputs);
  const width = inputs + 1;
  for (let output = 0; output < outputs; output += 1) {
    let constant = parameters[output * width + inputs] ?? 0;
    for (let input = 0; input < inputs; input += 1) {
      const weight = (parameters[output * width + input] ?? 0) / scale;
      weights[output * inputs + input] = weight;
      constant -= weight * (mean[input] ?? 0);
    }
    bias[output] = constant;
  }
  return { inputs, weights, bias };
}

interface Data {
  readonly rows: Float32Array;
  readonly labels: Int32Array;
  readonly weights: Float64Array;
  readonly inputs: number;
}

/** The mean cross entropy of the labels. */
function crossEntropy({ rows, labels, weights, inputs }: Data, outputs: number): Objective {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const width = inputs + 1;
  const scores = new Float64Array(outputs);
  return (at, gradient) => {
    let value = 0;
    for (let example = 0; example < labels.length; example += 1) {
      const row = rows.subarray(example * inputs, (example + 1) * inputs);
      const weight = (weights[example] ?? 0) / total;
      for (let output = 0; output < outputs; output += 1) scores[output] = score(at, output * width, row);
      value += weight * toProbabilities(scores, labels[example] ?? 0);
      for (let output = 0; output < outputs; output += 1) {
        const error = weight * ((scores[output] ?? 0) - (output === labels[example] ? 1 : 0));
        if (Math.abs(error) > 1e-9 * weight) addRow(gradient, output * width, row, error);
      }
    }
    return value;
  };
}

function score(parameters: Float64Array, from: number, row: Float32Array): number {
  let [a, b, c, d] = [parameters[from + row.length] ?? 0, 0, 0, 0];
  const whole = row.length - (row.length % 4);
  for (let input = 0; input < whole; input += 4) {
    a += (parameters[from + input] as number) * (row[input] as number);
    b += (parameters[from + input + 1] as number) * (row[input + 1] as number);
    c += (parameters[from + input + 2] as number) * (row[input + 2] as number);
    d += (parameters[from + input + 3] as number) * (row[input + 3] as number);
  }
  for (let input = whole; input < row.length; input += 1)
    a += (parameters[from + input] as number) * (row[input] as number);
  return a + b + (c + d);
}

function addRow(gradient: Float64Array, from: number, row: Float32Array, error: number): void {
  for (let input = 0; input < row.length; input += 1)
    gradient[from + input] = (gradient[from + input] as number) + error * (row[input] as number);
  gradient[from + row.length] = (gradient[from + row.length] as number) + error;
}

/** In place. @returns the cross entropy of the true output */
function toProbabilities(scores: Float64Array, truth: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (const each of scores) if (each > highest) highest = each;
  const ofTruth = scores[truth] ?? 0;
  let sum = 0;
  for (let output = 0; output < scores.length; output += 1) {
    const share = Math.exp((scores[output] ?? 0) - highest);
    scores[output] = share;
    sum += share;
  }
  for (let output = 0; output < scores.length; output += 1) scores[output] = (scores[output] ?? 0) / sum;
  return highest + Math.log(sum) - ofTruth;
}

function penalised(
  loss: Objective,
  anchor: Float64Array,
  { penalty, inputs }: { readonly penalty: number; readonly inputs: number },
): Objective {
  const width = inputs + 1;
  return (at, gradient) => {
    let value = loss(at, gradient);
    for (let index = 0; index < at.length; index += 1) {
      // The bias is free.
      if (index % width === inputs) continue;
      const away = (at[index] ?? 0) - (anchor[index] ?? 0);
      value += (penalty / 2) * away * away;
      gradient[index] = (gradient[index] ?? 0) + penalty * away;
    }
    return value;
  };
}
