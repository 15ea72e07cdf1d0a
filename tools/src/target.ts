/**
 * The target of a tool. Only `--project` reaches Google Cloud: without it, a tool finds a local stack or refuses to run, so that
 * an `erase` never runs on production because a local stack has just ended.
 */
import { ruledText } from '@hangtag/emulators/command-options.js';
import { runningStack, STACK_OPTION } from '@hangtag/emulators/start/stack-file.js';
import type { App } from '@hangtag/functions/app/app.js';
import { isBucketName, isTenantId } from '@hangtag/shared/domain/identity.js';
import { UnavailableError, UsageError } from '@hangtag/shared/errors.js';

/** Each of these redirects one of Google's clients that tools use. */
const EMULATOR_VARIABLES = [
  'STORAGE_EMULATOR_HOST',
  'FIRESTORE_EMULATOR_HOST',
  'PUBSUB_EMULATOR_HOST',
] as const;

export const TARGET_OPTIONS = {
  ...STACK_OPTION,
  project: ruledText('P', 'the Google Cloud project P in place of a local stack', {
    expected: 'the id of a project',
    accepts: (given) => /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(given),
  }),
} as const;

export const TENANT_RULE = {
  expected: 'a tenant id, at most 63 letters, digits, - and _',
  accepts: isTenantId,
};

export const TENANT = ruledText('ID', 'the tenant (default)', TENANT_RULE);

export const BUCKET = ruledText('B', "the bucket (the target's)", {
  expected: 'the name of a bucket',
  accepts: isBucketName,
});

interface Target {
  readonly project: string | undefined;
  readonly 'port-base': number | undefined;
}

/** An application on the services of the target. */
export async function openTarget(target: Target): Promise<App> {
  await chooseTarget(target);
  // Imported after the target is chosen: the clients read the environment when they are made.
  const { toolApp } = await import('@hangtag/functions/app/cloud-app.js');
  return toolApp();
}

/** Directs the clients of this process to the target. Must be called before the first client is created. */
export async function chooseTarget(target: Target, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  Object.assign(env, await targetEnvironment(target, env));
  if (target.project !== undefined) await assertCredentials(target.project);
}

/** Without this check, a client finds the fault in a callback of its own and ends the process with a stack trace. */
async function assertCredentials(project: string): Promise<void> {
  const { Storage } = await import('@google-cloud/storage');
  try {
    await new Storage().authClient.getClient();
  } catch (cause) {
    throw new UnavailableError(
      `Expected credentials for the project ${project} but found none. Type: gcloud auth application-default login`,
      { cause },
    );
  }
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
