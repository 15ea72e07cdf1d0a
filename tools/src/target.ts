/**
 * What a tool works on. Nothing but `--project` reaches Google Cloud: without it a tool finds a local stack or refuses, so
 * that a stack that has just ended never turns an `erase` against production.
 */
import { text } from '@hangtag/emulators/command-options.js';
import { runningStack, STACK_OPTION } from '@hangtag/emulators/start/stack-file.js';
import { UnavailableError, UsageError } from '@hangtag/shared/errors.js';

/** Every Google client that a tool uses is pointed elsewhere by one of these. */
const EMULATOR_VARIABLES = [
  'STORAGE_EMULATOR_HOST',
  'FIRESTORE_EMULATOR_HOST',
  'PUBSUB_EMULATOR_HOST',
] as const;

export const TARGET_OPTIONS = {
  ...STACK_OPTION,
  project: text('P', 'the Google Cloud project P in place of a local stack'),
} as const;

interface Target {
  readonly project: string | undefined;
  readonly 'port-base': number | undefined;
}

/** Points the clients of this process at the target. Call it before one is made. */
export async function chooseTarget(target: Target, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  Object.assign(env, await targetEnvironment(target, env));
}

/** @returns what to add to the environment */
export async function targetEnvironment(
  { project, 'port-base': port }: Target,
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, string>>> {
  const named = EMULATOR_VARIABLES.filter((name) => env[name]);
  if (project !== undefined) {
    if (port !== undefined) throw new UsageError('Expected --project or --port-base but received both');
    if (named.length > 0)
      throw new UsageError(
        `Expected no emulator with --project but found ${named.join(', ')} in the environment: unset them`,
      );
    return { GOOGLE_CLOUD_PROJECT: project, GCLOUD_PROJECT: project };
  }
  // All emulators by name, as tests and continuous integration have them.
  if (port === undefined && named.length === EMULATOR_VARIABLES.length) return {};
  const stack = await runningStack(port);
  const missing = EMULATOR_VARIABLES.filter((name) => !stack.env[name]);
  if (missing.length === 0) return stack.env;
  throw new UnavailableError(
    `Expected a stack on Google's emulators but the stack on port ${stack.port} runs ${stack.mode}, where no other process reaches the records. Type: npm start, without --embedded`,
  );
}
