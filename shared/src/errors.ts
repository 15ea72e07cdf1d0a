/**
 * How work can fail. There is one class for each meaning, all of them of one closed union, `Failure`: code that treats
 * failures differently switches on `kind` and is complete when the compiler says so. The class is chosen by the phase
 * that failed, never by the text of a message.
 *
 * An expected outcome is not a failure: a lost race, for example, is a decision of the kind `void`.
 */

/** The base class. Its subclasses have a `name` of their own, since logs print it. */
export abstract class HangtagError extends Error {
  abstract readonly kind: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Every reason for which an image can be refused. The codes are stored in records: never rename one. */
export const REJECTIONS = [
  'empty',
  'not-an-image',
  'unsupported-format',
  'truncated',
  'corrupt',
  'too-many-bytes',
  'too-many-pixels',
  'too-large-to-decode',
  'too-slow',
] as const;

export type RejectionCode = (typeof REJECTIONS)[number];

/** The image is at fault. Record the code and acknowledge: another try cannot help. */
export class ImageError extends HangtagError {
  readonly kind = 'image';

  constructor(
    readonly code: RejectionCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An event, a request or a parameter does not have the agreed form. No delivery of it can succeed. */
export class InputError extends HangtagError {
  readonly kind = 'input';
}

/** Storage, network or quota failed. Throw it: the platform delivers again, with backoff. */
export class TransientError extends HangtagError {
  readonly kind = 'transient';
}

/** A command line was used wrongly. The message says what was expected and what was found. */
export class UsageError extends HangtagError {
  readonly kind = 'usage';
}

/** Some `HANGTAG_*` variables cannot be used. The message names every one of them. */
export class ConfigError extends HangtagError {
  readonly kind = 'config';
}

/** Something that must run on this machine does not: Java, an emulator, a stack to talk to. */
export class UnavailableError extends HangtagError {
  readonly kind = 'unavailable';
}

/** One fault of a model, as its author needs to see it. */
export interface ModelFault {
  /** A field of the manifest (`golden[2].outputs.onnx`) or a file of the model. */
  readonly at: string;
  readonly expected: string;
  readonly received: string;
}

/** A model must not serve. The message lists every fault that was found, so that one attempt shows them all. */
export class ModelError extends HangtagError {
  readonly kind = 'model';

  constructor(
    readonly model: string,
    readonly faults: readonly ModelFault[],
    options?: ErrorOptions,
  ) {
    const lines = faults.map(
      ({ at, expected, received }) => `  ${at}: expected ${expected} but received ${received}`,
    );
    super([`The model in ${model} cannot be used:`, ...lines].join('\n'), options);
  }
}

/**
 * The worker process that held one image ended. The image may be the cause, so the caller counts an attempt; it may not
 * be, so another attempt is worthwhile.
 */
export class CrashError extends HangtagError {
  readonly kind = 'crash';
}

/** Everything else that was thrown: a programming error. The original is the `cause`. */
export class BugError extends HangtagError {
  readonly kind = 'bug';
}

export type Failure =
  | ImageError
  | InputError
  | TransientError
  | UsageError
  | ConfigError
  | UnavailableError
  | ModelError
  | CrashError
  | BugError;

/** @returns the failure that `error` is; a `BugError` around it where it is none of them */
export function failureOf(error: unknown): Failure {
  if (error instanceof HangtagError) return error as Failure;
  return new BugError(error instanceof Error ? error.message : String(error), { cause: error });
}
