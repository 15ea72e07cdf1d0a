/**
 * A deployment to Google Cloud:
 *
 *     state bucket → registry → image → plan with its cost → apply → hosting → smoke test, or else the former image again
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listed, UnavailableError } from '@hangtag/shared/errors.js';
import { describeCost, lostData, type Plan } from './monthly-cost.js';
import { ask, show } from './programs.js';

export interface Target {
  readonly project: string;
  readonly region: string;
  readonly environment: string;
}

/** For plans before the first image exists. */
const NO_IMAGE = `none@sha256:${'0'.repeat(64)}`;
const GCP = '-chdir=deploy/gcp';

export async function prepare({ project, region, environment }: Target): Promise<void> {
  const bucket = `gs://${project}-hangtag-state`;
  if ((await ask('gcloud', 'storage', 'buckets', 'describe', bucket, `--project=${project}`)).status !== 0) {
    const safe = ['--uniform-bucket-level-access', '--public-access-prevention'];
    await show(
      'gcloud',
      'storage',
      'buckets',
      'create',
      bucket,
      `--project=${project}`,
      `--location=${region}`,
      ...safe,
    );
    await show('gcloud', 'storage', 'buckets', 'update', bucket, '--versioning');
  }
  const backend = [
    `-backend-config=bucket=${bucket.slice('gs://'.length)}`,
    `-backend-config=prefix=${environment}`,
  ];
  await show('terraform', GCP, 'init', '-input=false', '-reconfigure', ...backend);
}

/** The image that runs now. */
export async function runningImage(): Promise<string | undefined> {
  const { status, out } = await ask('terraform', GCP, 'output', '-raw', 'image');
  return status === 0 && out.includes('@sha256:') ? out : undefined;
}

/** Shows what would change and its cost. @throws {UnavailableError} the plan deletes data */
export async function plan(target: Target, image = NO_IMAGE): Promise<void> {
  await withPlan(target, image, async () => undefined);
}

export async function apply(target: Target, image: string): Promise<void> {
  await withPlan(target, image, (file) => show('terraform', GCP, 'apply', '-input=false', file));
}

async function withPlan(target: Target, image: string, use: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hangtag-plan-'));
  const file = join(folder, 'plan');
  try {
    await show('terraform', GCP, 'plan', '-input=false', `-out=${file}`, ...variables(target, image));
    const made = JSON.parse((await ask('terraform', GCP, 'show', '-json', file)).out) as Plan;
    console.log(['Estimated cost:', ...describeCost(made)].join('\n'));
    const lost = lostData(made);
    if (lost.length > 0)
      throw new UnavailableError(listed('Expected a plan that deletes no data but found in it:', lost));
    await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the image with its digest */
export async function buildImage(target: Target): Promise<string> {
  const registry = `${target.region}-docker.pkg.dev`;
  const name = `${registry}/${target.project}/hangtag/hangtag`;
  // The registry must exist before anything else can be made from an image in it.
  await applyAtOnce('-target=module.project', ...variables(target, NO_IMAGE));
  await show('gcloud', 'auth', 'configure-docker', registry, '--quiet');
  await show(
    'docker',
    'build',
    '--platform=linux/amd64',
    '--file=deploy/container/Dockerfile',
    `--tag=${name}`,
    '.',
  );
  await show('docker', 'push', name);
  const { out } = await ask('docker', 'inspect', '--format={{index .RepoDigests 0}}', name);
  if (!out.includes('@sha256:'))
    throw new UnavailableError(`Expected a digest of ${name} from docker inspect but received "${out}"`);
  return out;
}

export async function deployPage({ project }: Target): Promise<void> {
  await show('firebase', 'deploy', '--only', 'hosting', '--project', project, '--non-interactive');
}

/** Labels one picture in the deployed project. If that fails, the former image runs again. @returns whether it was labelled */
export async function smokeTest(target: Target, former: string | undefined): Promise<boolean> {
  const { out } = await ask('terraform', GCP, 'output', '-json', 'buckets');
  const { images } = JSON.parse(out) as { images: string };
  try {
    await show('npm', 'run', 'smoke', '--', '--project', target.project, '--bucket', images);
    return true;
  } catch {
    if (former === undefined)
      console.error('The smoke test failed. There is no former image: the deployment stays as it is.');
    else {
      console.error(`The smoke test failed. The former image runs again: ${former}`);
      await apply(target, former);
    }
    return false;
  }
}

/** Everything but buckets, database and PostgreSQL. */
export async function destroyServices(target: Target): Promise<void> {
  const modules = ['edge', 'monitoring', 'logs', 'delivery', 'functions'].map(
    (name) => `-target=module.${name}`,
  );
  await applyAtOnce('-destroy', ...modules, ...variables(target, NO_IMAGE));
}

/** Everything, with all images and records. */
export async function destroyAll(target: Target): Promise<void> {
  const unprotected = [...variables(target, NO_IMAGE), '-var=protect_data=false'];
  await applyAtOnce('-target=module.storage', '-target=module.firestore', ...unprotected);
  await show('terraform', GCP, 'destroy', '-input=false', '-auto-approve', ...unprotected);
}

/** Without a plan that a person has seen. */
async function applyAtOnce(...options: string[]): Promise<void> {
  await show('terraform', GCP, 'apply', '-input=false', '-auto-approve', ...options);
}

function variables({ project, region, environment }: Target, image: string): readonly string[] {
  return [
    `-var-file=environments/${environment}.tfvars`,
    ...Object.entries({ project, region, environment, image }).map(
      ([name, value]) => `-var=${name}=${value}`,
    ),
  ];
}
