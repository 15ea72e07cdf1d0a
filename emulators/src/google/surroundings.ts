import { execFile } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';

/** Everything that the search for emulators reads. It is a parameter, so that a test can describe any machine. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly homeDirectory: string;
  exists(path: string): boolean;
  /** The names in a directory; empty if the directory does not exist. */
  list(directory: string): readonly string[];
  realPath(path: string): string;
  run(command: string, args: readonly string[]): Promise<CommandResult>;
}

/** `output` is standard output and standard error together. */
export type CommandResult = { readonly ok: true; readonly output: string } | { readonly ok: false };

const COMMAND_TIMEOUT_MS = 300_000;

/** The machine on which this process runs. */
export function ownSurroundings(env: NodeJS.ProcessEnv = process.env): Surroundings {
  return {
    env,
    homeDirectory: homedir(),
    exists: existsSync,
    list: (directory) => (existsSync(directory) ? readdirSync(directory) : []),
    realPath: (path) => realpathSync(path),
    run: (command, args) => run({ command, args, env }),
  };
}

function run(call: {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}): Promise<CommandResult> {
  const options = { env: call.env, timeout: COMMAND_TIMEOUT_MS, encoding: 'utf8' } as const;
  return new Promise((resolve) => {
    execFile(call.command, [...call.args], options, (error, stdout, stderr) =>
      resolve(error === null ? { ok: true, output: stdout + stderr } : { ok: false }),
    );
  });
}
