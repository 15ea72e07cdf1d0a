/** Fits the head and writes the folder of the model, in a thread of its own: with many pictures it computes for minutes. */
import { SHARE_ENV, Worker } from 'node:worker_threads';
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

/** What the thread sends: an error that crosses its border loses its class. */
export type ThreadAnswer =
  | Made
  | { readonly refusal: { readonly fault: LessonFault; readonly message: string } };

/** @throws {LessonError} the examples contradict each other; the reason of the signal, if it fires first */
export async function makeModelInThread(request: MakeRequest, signal?: AbortSignal): Promise<Made> {
  signal?.throwIfAborted();
  // With variables of its own, the thread could not turn off the telemetry of ONNX Runtime, which reads those of the process.
  const thread = new Worker(new URL('./learning-thread.js', import.meta.url), {
    workerData: request,
    env: SHARE_ENV,
  });
  const stop = () => void thread.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const answer = await new Promise<ThreadAnswer>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', (code) =>
        reject(signal?.reason ?? new Error(`Expected a model but the thread ended with ${code}`)),
      );
    });
    if ('refusal' in answer) throw new LessonError(answer.refusal.fault, answer.refusal.message);
    return answer;
  } finally {
    signal?.removeEventListener('abort', stop);
    await thread.terminate();
  }
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
