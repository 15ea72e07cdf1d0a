/**
 * Cross-validation: the examples are divided into parts, and each part is labelled by a head that was fitted without it. Duplicates are
 * always in the same part, so that no picture is tested by a head that has seen it.
 */
import { applyHead } from '../inference/head.js';
import { countOf, type Examples, join, rowOf, select } from './examples.js';
import { balancedWeights, fitHead, type LinearMap } from './fit-head.js';
import { membersOf } from './group-duplicates.js';
import { evenly } from './prototypes.js';

export interface Task {
  readonly examples: Examples;
  /** As `groupDuplicates` gives them. */
  readonly groups: Int32Array;
  /** Learned as well, and never tested: prototypes of the model that is the base. */
  readonly replay: Examples;
  readonly prior: LinearMap;
}

const PARTS = 3;
/** From strong to weak. */
const PENALTIES = [0.3, 0.1, 0.03, 0.01, 0.003];
/** The penalty is chosen on at most so many examples: more change the choice little, and take longer. */
const MOST_TO_CHOOSE_ON = 1_000;

/** @returns the scores of each example, by a head that was fitted without its part */
export function crossValidate(task: Task, penalty: number): readonly Float32Array[] {
  const parts = partsOf(task);
  const scores: Float32Array[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    const indices = [...parts.keys()];
    const learned = indices.filter((index) => parts[index] !== part);
    const head = { ...fitTask({ ...task, examples: select(task.examples, learned) }, penalty), labels: [] };
    for (const index of indices.filter((each) => parts[each] === part))
      scores[index] = applyHead(head, rowOf(task.examples, index));
  }
  return scores;
}

/** The head for all examples and the replayed ones. */
export function fitTask({ examples, replay, prior }: Omit<Task, 'groups'>, penalty: number): LinearMap {
  const all = countOf(replay) === 0 ? examples : join(examples, replay);
  return fitHead({ examples: all, weights: balancedWeights(all.labels), prior, penalty });
}

/**
 * The penalty with the least cross entropy in cross-validation. From strong to weak, the cross entropy falls and then rises: the search
 * ends at the first rise.
 */
export function choosePenalty(task: Task): number {
  const sample = sampleOf(task);
  const [first = 0.3, ...weaker] = PENALTIES;
  let best = { penalty: first, loss: lossOf(sample, first) };
  for (const penalty of weaker) {
    const loss = lossOf(sample, penalty);
    if (loss >= best.loss) break;
    best = { penalty, loss };
  }
  return best.penalty;
}

function lossOf(task: Task, penalty: number): number {
  const { labels } = task.examples;
  return crossValidate(task, penalty).reduce(
    (sum, scores, index) => sum + crossEntropyOf(scores, labels[index] ?? 0),
    0,
  );
}

export function crossEntropyOf(scores: Float32Array, truth: number, temperature = 1): number {
  const highest = Math.max(...scores);
  let sum = 0;
  for (const score of scores) sum += Math.exp((score - highest) / temperature);
  return Math.log(sum) - ((scores[truth] ?? 0) - highest) / temperature;
}

function sampleOf(task: Task): Task {
  const members = membersOf(task.groups);
  const chosen = evenly(byLabel(members, task.examples), MOST_TO_CHOOSE_ON)
    .flat()
    .slice(0, MOST_TO_CHOOSE_ON);
  return {
    ...task,
    examples: select(task.examples, chosen),
    groups: Int32Array.from(chosen, (index) => task.groups[index] ?? 0),
  };
}

/** The part of each example: the groups of a label are dealt out in turn, so that every part has some of each. */
function partsOf({ examples, groups }: Task): Int32Array {
  const parts = new Int32Array(countOf(examples));
  for (const [turn, members] of byLabel(membersOf(groups), examples).entries())
    for (const index of members) parts[index] = turn % PARTS;
  return parts;
}

function byLabel(
  groups: readonly (readonly number[])[],
  { labels }: Examples,
): readonly (readonly number[])[] {
  const labelOf = ([first = 0]: readonly number[]) => labels[first] ?? 0;
  return groups.toSorted((a, b) => labelOf(a) - labelOf(b) || (a[0] ?? 0) - (b[0] ?? 0));
}
