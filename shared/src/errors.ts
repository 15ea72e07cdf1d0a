/**
 * How work can fail: a closed union, decided by the phase that failed and never by the text of a message.
 * Whatever is none of these is a bug; it is thrown on, logged with its stack, and the image is parked after its
 * attempts are used up. That somebody else got there first is no failure: decisions say it as `void`.
 */

/** Every reason for which an image or a request can be turned away. The codes are stored in records: never rename one. */
export const REJECTIONS = [
  'empty',
  'not-an-image',
  'unsupported-format',
  'truncated',
  'corrupt',
  'too-many-bytes',
  'too-many-pixels',
  'too-slow',
] as const;

export type RejectionCode = (typeof REJECTIONS)[number];

/** The image is at fault. Record the code, acknowledge: trying again cannot help. */
export class RejectedInput extends Error {
  override readonly name = 'RejectedInput';

  constructor(
    readonly code: RejectionCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Storage, network or quota. Throw on: the platform delivers again, with backoff. */
export class Transient extends Error {
  override readonly name = 'Transient';
}
