/** What a handler did, as one log line tells it. */
export interface Outcome {
  readonly outcome: string;
  readonly [field: string]: string | number | boolean | null | undefined;
}

/** The event or message is not of the agreed form: no delivery can ever succeed, so it is logged and acknowledged. */
export class MalformedEvent extends Error {
  override readonly name = 'MalformedEvent';
}
