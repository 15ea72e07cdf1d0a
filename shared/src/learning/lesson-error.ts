import type { LessonFault } from '../domain/learning-run.js';
import { InputError } from '../errors.js';

/** Nothing can be learned from these pictures. The message has a line for each thing that a person can change. */
export class LessonError extends InputError {
  constructor(
    readonly fault: LessonFault,
    message: string,
    /** Whose corrections are the reason, for `one-label`. */
    readonly reviewers: readonly string[] = [],
  ) {
    super(message);
  }
}
