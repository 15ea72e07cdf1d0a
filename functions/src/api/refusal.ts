import { InputError } from '@hangtag/shared/errors.js';

/** HTTP status by the code that a client gets. Codes are part of the contract: never rename one. */
export const STATUS_OF = {
  'invalid-request': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'too-large': 413,
  'unsupported-media-type': 415,
  unprocessable: 422,
  'rate-limited': 429,
  busy: 503,
  unavailable: 503,
} as const;

export type RefusalCode = keyof typeof STATUS_OF;

/** A request that is not carried out, for a reason that its sender can read. */
export class Refusal extends InputError {
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  get status(): (typeof STATUS_OF)[RefusalCode] {
    return STATUS_OF[this.code];
  }
}
