/** The suite cannot run here. The message says what is missing and how to get it. */
export class SuiteFault extends Error {
  override readonly name = 'SuiteFault';
}
