/** What a handler did; one log line. */
export interface Outcome {
  readonly outcome: string;
  readonly [field: string]: string | number | boolean | null | undefined;
}
