/** One run of learning from a tenant's judged images: what it was asked for, how far it is, and what came of it. */
import type { ClassFigures } from './evaluation.js';
import type { ModelVersion } from './model-version.js';

/** Why nothing can be learned from pictures. */
export type LessonFault = Exclude<LearningFault, 'model'>;

/** Why a run was refused. `model`: the model that it comes from, or the new one, cannot be used. Stored: never rename one. */
export const LEARNING_FAULTS = ['too-few', 'one-label', 'contradicting', 'model'] as const;
export type LearningFault = (typeof LEARNING_FAULTS)[number];

/**
 * `interrupted`: it reached its time limit, its process ended, or another service did not answer. `failed`: an error of the program.
 * The last four are final.
 */
export const LEARNING_STATES = ['queued', 'running', 'done', 'refused', 'interrupted', 'failed'] as const;
export type LearningState = (typeof LEARNING_STATES)[number];

/**
 * `gather`: the judged images are read. `embed`: their embeddings are made. `make`: the head is fitted, the model written and tested.
 * `store`: it is stored and put on trial.
 */
export const LEARNING_STEPS = ['gather', 'embed', 'make', 'store'] as const;
export type LearningStep = (typeof LEARNING_STEPS)[number];

/** Of one label. */
export interface LearnedClass extends ClassFigures {
  readonly label: string;
  /** Of the model that it comes from; null without pictures. */
  readonly recallBefore: number | null;
}

/** Cross-validated: each picture was labelled by a model that had not seen it. Accuracies are shares, 0 to 1; null without pictures. */
export interface LearningFigures {
  readonly n: number;
  readonly accuracy: number | null;
  readonly accuracyBefore: number | null;
  readonly classes: readonly LearnedClass[];
}

export interface LearningRequest {
  readonly by: string;
  /** Images that a new label needs. */
  readonly min: number;
  /** Of the images, for the trial of the new version. */
  readonly share: number;
  /** Reviewers whose corrections are learned though all are to one label. */
  readonly trusted: readonly string[];
}

/** Times are epoch milliseconds. */
export interface LearningRun extends LearningRequest {
  readonly id: string;
  readonly state: LearningState;
  readonly step: LearningStep;
  /** Pictures that were embedded. */
  readonly done: number;
  /** Pictures that are learned; 0 until they are known. */
  readonly total: number;
  /** One line for each thing that a person should know of the pictures. None has the name of an image. */
  readonly notes: readonly string[];
  readonly fault: LearningFault | null;
  /** Why it was refused, was interrupted or failed. */
  readonly message: string | null;
  /** Whose corrections are the reason of `one-label`. */
  readonly reviewers: readonly string[];
  readonly figures: LearningFigures | null;
  /** The new version. */
  readonly model: ModelVersion | null;
  readonly queuedAt: number;
  readonly updatedAt: number;
}

/** A run writes every few seconds. After this time without a write, its process has ended. */
export const SILENCE_MS = 120_000;

export function queuedRun(id: string, request: LearningRequest, nowMs: number): LearningRun {
  return {
    ...request,
    id,
    state: 'queued',
    step: 'gather',
    done: 0,
    total: 0,
    notes: [],
    fault: null,
    message: null,
    reviewers: [],
    figures: null,
    model: null,
    queuedAt: nowMs,
    updatedAt: nowMs,
  };
}

export function hasEnded({ state }: LearningRun): boolean {
  return state !== 'queued' && state !== 'running';
}

export function isSilent({ updatedAt }: LearningRun, nowMs: number): boolean {
  return nowMs - updatedAt >= SILENCE_MS;
}
