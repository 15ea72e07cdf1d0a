import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Written by the local stack while it runs, next to its data. */
const STACK_FILE = '.hangtag/stack.json';

const stack = z.object({ pid: z.number().int(), env: z.record(z.string(), z.string()) });

/** What points the clients at the local stack, where one runs here; what the caller has set already goes before it. */
export function withStackEnvironment(env: NodeJS.ProcessEnv, file = STACK_FILE): NodeJS.ProcessEnv {
  return { ...stackEnvironment(file), ...env };
}

function stackEnvironment(file: string): Record<string, string> {
  const found = readStack(file);
  if (found === undefined || isRunning(found.pid)) return found?.env ?? {};
  // Going on would mean the project of the environment, which somebody with a local stack did not ask for.
  throw new Error(`Expected the stack of ${file} to run but it is gone: start it again, or remove that file`);
}

function readStack(file: string): z.infer<typeof stack> | undefined {
  try {
    return stack.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`Expected ${file} to hold the local stack's environment`, { cause: error });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of somebody else's is one too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
