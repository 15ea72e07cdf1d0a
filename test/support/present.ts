/**
 * Returns the value, for set-up that a test needs. @throws if it is undefined, so that no test passes without
 * its set-up
 */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`Expected ${what} but received none`);
  return value;
}

/** The id of a running process. Never 0, which would mean the process group of the test run. */
export function pidOf(running: { readonly pid?: number | undefined }): number {
  return present(running.pid, 'a running process');
}
