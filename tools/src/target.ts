/**
 * The target of a tool. Only `--project` reaches Google Cloud: without it, a tool finds a local stack or refuses to run, so that
 * an `erase` never runs on production because a local stack has just ended.
 */
import { text } from '@hangtag/emulators/command-options.js';
import { runningStack, STACK_OPTION } from '@hangtag/emulators/start/stack-file.js';
import { UnavailableError, UsageError } from '@hangtag/shared/errors.js';

/** Each of these redirects one of Google's clients that tools use. */
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

/** Directs the clients of this process to the target. Must be called before the first client is created. */
export async function chooseTarget(target: Target, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  Object.assign(env, await targetEnvironment(target, env));
}

/** @returns variables to add to the environment */
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
  // The environment names all emulators, as in tests and continuous integration.
  if (port === undefined && named.length === EMULATOR_VARIABLES.length) return {};
  const stack = await runningStack(port);
  const missing = EMULATOR_VARIABLES.filter((name) => !stack.env[name]);
  if (missing.length === 0) return stack.env;
  throw new UnavailableError(
    `Expected a stack on Google's emulators but the stack on port ${stack.port} runs ${stack.mode}, where no other process reaches the records. Type: npm start, without --embedded`,
  );
}
