/** Skips the test, or its suite if called in a hook, and prints the reason. */
export function skip(context: Mocha.Context, why: string): never {
  console.warn(`SKIPPED ${context.test?.fullTitle()}: ${why}`);
  return context.skip();
}
