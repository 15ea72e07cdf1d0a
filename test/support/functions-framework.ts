/** Functions of an installed folder, served by a program of functions-framework as the cloud does it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { fromRoot } from '../fixtures/paths.js';
import { listens } from './listens.js';
import { skip } from './skip.js';
import { until } from './until.js';

const FRAMEWORK = fromRoot('node_modules/@google-cloud/functions-framework/build/src/main.js');

export interface ServedFunction {
  readonly url: string;
  stop(): Promise<void>;
}

export interface Installed {
  /** The folder with the functions. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** That serves them. Absent: that of the repository. */
  readonly program?: string;
}

/** @returns once the function is served */
export async function serveFunction(
  target: string,
  { cwd, env, program = FRAMEWORK }: Installed,
): Promise<ServedFunction> {
  const port = await freePort();
  const child = spawn(process.execPath, [program], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      METADATA_SERVER_DETECTION: 'none',
      FUNCTION_SIGNATURE_TYPE: 'cloudevent',
      ...env,
      FUNCTION_TARGET: target,
      PORT: String(port),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const isServed = () => {
    if (child.exitCode !== null) throw new Error(`${target} ended with ${child.exitCode}`);
    return listens(port);
  };
  await until(`${target} to listen`, isServed, 60_000);
  return { url: `http://127.0.0.1:${port}/`, stop: () => end(child) };
}

/** Runs npm in a folder. The test is skipped if npm reaches no registry. */
export async function npm(args: readonly string[], cwd: string, context: Mocha.Context): Promise<void> {
  try {
    await promisify(execFile)('npm', [...args, '--prefer-offline', '--no-audit', '--no-fund'], { cwd });
  } catch (error) {
    const said = String(error);
    if (/ENOTFOUND|ENOTCACHED|EAI_AGAIN|ECONNREFUSED/.test(said))
      skip(context, `npm reaches no registry: ${said}`);
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
