import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Written by the local stack while it runs, next to its data. */
const STACK_FILE = '.hangtag/stack.json';

const stack = z.object({ env: z.record(z.string(), z.string()) });

/** What points the clients at the local stack, where one runs here; what the caller has set already goes before it. */
export function withStackEnvironment(env: NodeJS.ProcessEnv, file = STACK_FILE): NodeJS.ProcessEnv {
  return { ...stackEnvironment(file), ...env };
}

function stackEnvironment(file: string): Record<string, string> {
  try {
    return stack.parse(JSON.parse(readFileSync(file, 'utf8'))).env;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new Error(`Expected ${file} to hold the local stack's environment`, { cause: error });
  }
}
