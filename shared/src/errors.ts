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

/** The fault is in the image. The code is recorded and the message acknowledged, because another attempt cannot succeed. */
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

/** An event, a request or a parameter does not have the required form. No delivery of it can succeed. */
export class InputError extends HangtagError {
  readonly kind = 'input';
}

/** Storage, network or quota failed. If a handler throws it, the platform delivers the message again, with backoff. */
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

/** A program that must run on this machine does not: Java, an emulator, a stack. */
export class UnavailableError extends HangtagError {
  readonly kind = 'unavailable';
}

/** One item stands on the line of the head; several have a line each. */
export function listed(head: string, items: readonly string[]): string {
  return [head, ...items].join(items.length === 1 ? ' ' : '\n  ');
}

/** One fault of a model, as its author needs to see it. */
export interface ModelFault {
  /** A field of the manifest (`golden[2].outputs.onnx`) or a file of the model. */
  readonly at: string;
  readonly expected: string;
  readonly received: string;
}

/** A model must not serve. The message lists every fault that was found. */
export class ModelError extends HangtagError {
  readonly kind = 'model';

  constructor(
    readonly model: string,
    readonly faults: readonly ModelFault[],
    options?: ErrorOptions,
  ) {
    const lines = faults.map(
      ({ at, expected, received }) => `${at}: expected ${expected} but received ${received}`,
    );
    super(listed(`The model in ${model} cannot be used:`, lines), options);
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

/** @returns `error` if it is a `Failure`, otherwise a `BugError` with `error` as its cause */
export function failureOf(error: unknown): Failure {
  if (error instanceof HangtagError) return error as Failure;
  return new BugError(error instanceof Error ? error.message : String(error), { cause: error });
}
