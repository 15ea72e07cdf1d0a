/**
 * Learns a head from examples: drops those that contradict each other, chooses the penalty, cross-validates, calibrates, and fits all.
 * Pure: the same examples give the same head.
 */
import { type Evaluation, evaluate, type JudgedImage } from '../domain/evaluation.js';
import { type Background, type Guarantees, guaranteesOf } from '../domain/precision-guarantee.js';
import { type Rejection, rankLabels } from '../domain/scores.js';
import { DEFAULT_VERDICT_POLICY, tierOf } from '../domain/verdict.js';
import { applyHead, type Head } from '../inference/head.js';
import { energyThreshold, extraOutputThreshold, temperatureOf } from './calibrate.js';
import { choosePenalty, crossValidate, fitTask, type Task } from './cross-validate.js';
import { type Examples, join, rowOf, select } from './examples.js';
import { type LinearMap, zeroMap } from './fit-head.js';
import { groupDuplicates, membersOf } from './group-duplicates.js';
import type { Knowledge } from './knowledge.js';
import { LessonError } from './lesson-error.js';
import { measuredImages } from './measured-images.js';
import { CENTRES_OF_A_LABEL, prototypesOf } from './prototypes.js';

/** The model that the new one comes from. */
export interface Base {
  readonly knowledge: Knowledge;
  readonly temperature: number;
  readonly rejection: Rejection | null;
}

export interface Lesson {
  readonly examples: Examples;
  /** Names of the labels of the examples. */
  readonly labels: readonly string[];
  /** Of the picture of each example. Absent: all `other`. */
  readonly backgrounds?: readonly Background[];
  /** Its labels are kept; without it, the model has the labels of the examples alone. */
  readonly base?: Base;
}

export interface Learned {
  readonly head: Head;
  readonly knowledge: Knowledge;
  /** Centres of the learned pictures, which are usual for the new model. */
  readonly centres: Examples;
  readonly temperature: number;
  readonly rejection: Rejection;
  readonly penalty: number;
  readonly guarantees: Guarantees;
  /** Each picture labelled by a head that had not seen it, nor a duplicate of it. */
  readonly after: Evaluation;
  /** The same pictures, labelled by the base. */
  readonly before: Evaluation | undefined;
  /** Groups of duplicates with different labels, as indices of the examples: not learned. */
  readonly contradictions: readonly (readonly number[])[];
  /** Pictures of which another one is a duplicate. */
  readonly duplicates: number;
}

/** @throws {LessonError} every example contradicts another one */
export function learnHead({ examples: given, labels: names, backgrounds = [], base }: Lesson): Learned {
  const labels = [...new Set([...(base?.knowledge.head.labels ?? []), ...names])];
  const renumbered = { ...given, labels: given.labels.map((label) => labels.indexOf(names[label] ?? '')) };
  const allGroups = groupDuplicates(renumbered);
  const members = membersOf(allGroups);
  const contradictions = members.filter(
    (group) => new Set(group.map((at) => renumbered.labels[at])).size > 1,
  );
  const dropped = new Set(contradictions.flat());
  const kept = [...allGroups.keys()].filter((index) => !dropped.has(index));
  if (kept.length === 0)
    throw new LessonError(
      'contradicting',
      `Expected pictures that look alike to have one label but all ${given.labels.length} contradict each other`,
    );
  const task = taskOf(
    select(renumbered, kept),
    Int32Array.from(kept, (at) => allGroups[at] ?? 0),
    { labels, base },
  );
  const penalty = choosePenalty(task);
  const scores = crossValidate(task, penalty);
  const truths = task.examples.labels;
  const temperature = temperatureOf(
    scores.map((each) => each.subarray(0, labels.length)),
    truths,
  );
  const head = { ...fitTask(task, penalty), labels };
  const rejection = rejectionOf(scores, labels, base);
  const rule = { labels, kind: 'logits', temperature, rejection } as const;
  const measured = measuredImages(scores, {
    rule,
    truths,
    backgrounds: kept.map((at) => backgrounds[at] ?? 'other'),
  });
  return {
    head,
    knowledge: { head, prototypes: join(prototypesOf(task.examples), task.replay) },
    centres: prototypesOf(task.examples, CENTRES_OF_A_LABEL),
    temperature,
    rejection,
    penalty,
    guarantees: guaranteesOf(measured),
    after: figures({ scores, truths, labels, temperature }),
    before: base && figuresOfBase(task.examples, labels, base),
    contradictions,
    duplicates: given.labels.length - members.length,
  };
}

function taskOf(
  examples: Examples,
  groups: Int32Array,
  { labels, base }: { readonly labels: readonly string[]; readonly base: Base | undefined },
): Task {
  const { inputs } = examples;
  const none: Examples = { inputs, embeddings: new Float32Array(0), labels: new Int32Array(0) };
  if (base === undefined) return { examples, groups, replay: none, prior: zeroMap(labels.length, inputs) };
  return { examples, groups, replay: base.knowledge.prototypes, prior: extended(base, labels.length) };
}

/** The base's outputs. A new label begins as "none of them", which its pictures were until now. */
function extended({ knowledge: { head }, rejection }: Base, labels: number): LinearMap {
  const known = head.labels.length;
  const none = rejection?.score === 'extra-output' ? rejection.index : undefined;
  const sources = Array.from({ length: labels }, (_, label) => (label < known ? label : none));
  if (none !== undefined) sources.push(none);
  const map = zeroMap(sources.length, head.inputs);
  for (const [output, source] of sources.entries()) {
    if (source === undefined) continue;
    map.weights.set(
      head.weights.subarray(source * head.inputs, (source + 1) * head.inputs),
      output * head.inputs,
    );
    map.bias[output] = head.bias[source] ?? 0;
  }
  return map;
}

function rejectionOf(
  scores: readonly Float32Array[],
  labels: readonly string[],
  base: Base | undefined,
): Rejection {
  if (base?.rejection?.score !== 'extra-output')
    return {
      score: 'energy',
      threshold: energyThreshold(scores.map((each) => each.subarray(0, labels.length))),
    };
  const { threshold } = base.rejection;
  const index = labels.length;
  return { score: 'extra-output', index, threshold: extraOutputThreshold(scores, { index, threshold }) };
}

function figuresOfBase(
  examples: Examples,
  labels: readonly string[],
  { knowledge, temperature }: Base,
): Evaluation {
  const scores = [...examples.labels.keys()].map((index) =>
    applyHead(knowledge.head, rowOf(examples, index)),
  );
  const judged = judge(scores, { labels: knowledge.head.labels, temperature });
  return evaluate(named(judged, examples.labels, labels), labels);
}

function figures({
  scores,
  truths,
  labels,
  temperature,
}: {
  readonly scores: readonly Float32Array[];
  readonly truths: Int32Array;
  readonly labels: readonly string[];
  readonly temperature: number;
}): Evaluation {
  return evaluate(named(judge(scores, { labels, temperature }), truths, labels), labels);
}

type Judgement = Omit<JudgedImage, 'truth'>;

function judge(
  scores: readonly Float32Array[],
  { labels, temperature }: { readonly labels: readonly string[]; readonly temperature: number },
): readonly Judgement[] {
  return scores.map((each) => {
    const [best] = rankLabels([...each], { labels, kind: 'logits', temperature, rejection: null });
    const confidence = best?.score ?? 0;
    return { predicted: best?.label ?? '', confidence, tier: tierOf(confidence, DEFAULT_VERDICT_POLICY) };
  });
}

function named(
  judgements: readonly Judgement[],
  truths: Int32Array,
  labels: readonly string[],
): readonly JudgedImage[] {
  return judgements.map((each, index) => ({ ...each, truth: labels[truths[index] ?? 0] ?? '' }));
}
