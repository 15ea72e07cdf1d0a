/** Fits the head and writes the folder of the model, in a thread of its own: with many pictures it computes for minutes. */
import { answerOfThread } from '../answer-of-thread.js';
import type { LessonFault } from '../domain/learning-run.js';
import { type Learned, type Lesson, learnHead } from './learn-head.js';
import { LessonError } from './lesson-error.js';
import { type NewModel, writeModel } from './write-model.js';

export interface MakeRequest extends Omit<NewModel, 'learned'> {
  readonly lesson: Lesson;
}

export interface Made {
  readonly learned: Learned;
  /** Folder of the new model. */
  readonly dir: string;
}

/** What the thread sends. */
export type ThreadAnswer =
  | Made
  | { readonly refusal: { readonly fault: LessonFault; readonly message: string } };

/** @throws {LessonError} the examples contradict each other; the reason of the signal, if it fires first */
export async function makeModelInThread(request: MakeRequest, signal?: AbortSignal): Promise<Made> {
  const module = new URL('./learning-thread.js', import.meta.url);
  const answer = await answerOfThread<ThreadAnswer>(module, request, signal && { signal });
  if ('refusal' in answer) throw new LessonError(answer.refusal.fault, answer.refusal.message);
  return answer;
}

/** The work of the thread. */
export async function makeModel({ lesson, ...model }: MakeRequest): Promise<ThreadAnswer> {
  try {
    const learned = learnHead(lesson);
    return { learned, dir: await writeModel({ ...model, learned }) };
  } catch (error) {
    if (!(error instanceof LessonError)) throw error;
    return { refusal: { fault: error.fault, message: error.message } };
  }
}
