/** What a handler did, as one log line tells it. */
export interface Outcome {
  readonly outcome: string;
  readonly [field: string]: string | number | boolean | null | undefined;
}
