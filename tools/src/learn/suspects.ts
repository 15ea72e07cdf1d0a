/**
 * Likely wrong labels, by confident learning (Northcutt, Jiang and Chuang, 2021, https://arxiv.org/abs/1911.00068): a head that has not
 * seen an example gives another label a share at least as large as it gives that label, on average, to the examples that have it.
 * Pure: the same examples give the same suspects.
 */
import { softmax } from '@hangtag/shared/domain/scores.js';
import { temperatureOf } from '@hangtag/shared/learning/calibrate.js';
import { choosePenalty, crossValidate, type Task } from '@hangtag/shared/learning/cross-validate.js';
import { countOf, type Examples } from '@hangtag/shared/learning/examples.js';
import { zeroMap } from '@hangtag/shared/learning/fit-head.js';
import { groupDuplicates } from '@hangtag/shared/learning/group-duplicates.js';

/** The penalties are made for embeddings, of which most have about this length. Vectors of records have length 1. */
const USUAL_LENGTH = 20;

export interface Suspect {
  /** Of the example. */
  readonly index: number;
  /** Index of the label that it more likely has. */
  readonly label: number;
  /** Calibrated probability of that label, 0 to 1. */
  readonly confidence: number;
}

/**
 * @param given examples with the labels that they have, some of which may be wrong; at least two labels, of several examples each
 * @param labels how many labels there are
 * @returns the most confident first
 */
export function suspectsOf(given: Examples, labels: number): readonly Suspect[] {
  const examples = ofUsualLength(given);
  const { inputs, labels: stored } = examples;
  const none: Examples = { inputs, embeddings: new Float32Array(0), labels: new Int32Array(0) };
  const prior = zeroMap(labels, inputs);
  const task: Task = { examples, groups: groupDuplicates(examples), replay: none, prior };
  const scores = crossValidate(task, choosePenalty(task));
  const temperature = temperatureOf(scores, stored);
  const shares = scores.map((each) => softmax([...each], temperature));
  const usual = meanShares(shares, stored, labels);
  return shares
    .flatMap((each, index) => {
      const convincing = [...each.keys()].filter((label) => (each[label] ?? 0) >= (usual[label] ?? 1));
      const label = convincing.reduce<number | undefined>(
        (best, next) => (best === undefined || (each[next] ?? 0) > (each[best] ?? 0) ? next : best),
        undefined,
      );
      if (label === undefined || label === stored[index]) return [];
      return [{ index, label, confidence: each[label] ?? 0 }];
    })
    .sort((a, b) => b.confidence - a.confidence);
}

function ofUsualLength(examples: Examples): Examples {
  const { embeddings } = examples;
  const squares = embeddings.reduce((sum, value) => sum + value * value, 0);
  const factor = USUAL_LENGTH / Math.sqrt(squares / countOf(examples) || 1);
  return { ...examples, embeddings: embeddings.map((value) => factor * value) };
}

/** For each label, the mean of its shares in the examples that have it; 1 if none has it. */
function meanShares(
  shares: readonly (readonly number[])[],
  given: Int32Array,
  labels: number,
): readonly number[] {
  return Array.from({ length: labels }, (_, label) => {
    const own = shares.filter((_, index) => given[index] === label).map((each) => each[label] ?? 0);
    return own.length === 0 ? 1 : own.reduce((sum, share) => sum + share, 0) / own.length;
  });
}
