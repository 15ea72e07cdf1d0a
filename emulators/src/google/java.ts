import { join } from 'node:path';
import type { Surroundings } from './surroundings.js';

/** Both emulators run on Java 17; older versions reject their class files. */
export const LOWEST_JAVA = 17;

export type JavaSearch =
  | {
      readonly kind: 'found';
      readonly command: string;
      readonly major: number;
      /** What `java -version` prints. */
      readonly version: string;
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'too-old'; readonly command: string; readonly major: number };

/** Uses JAVA_HOME if it is set, otherwise the PATH. */
export async function findJava(on: Surroundings): Promise<JavaSearch> {
  const home = on.env['JAVA_HOME'];
  const command = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
  const answer = await on.run(command, ['-version']);
  if (!answer.ok) return { kind: 'absent' };
  const major = javaMajor(answer.output);
  if (major === undefined) return { kind: 'absent' };
  return major >= LOWEST_JAVA
    ? { kind: 'found', command, major, version: answer.output }
    : { kind: 'too-old', command, major };
}

/** The major version in the output of `java -version`: 17 for "17.0.15", 8 for "1.8.0_392". */
export function javaMajor(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
