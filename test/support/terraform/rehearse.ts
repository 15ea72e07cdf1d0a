/**
 * Runs a Terraform configuration against stand-ins of its providers, in a copy of the repository's files that it reads and with a
 * state of its own. Terraform itself checks names, types, references and loops; nothing is made anywhere.
 */
import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProviderSchemas } from '@hangtag/tools/terraform/provider-schema.js';
import { fromRoot } from '../../fixtures/paths.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { startStandInProvider } from './stand-in-provider.js';

const READ_BY_GCP = [
  'deploy/gcp',
  'deploy/cors',
  'deploy/retention',
  'deploy/alerts.json',
  'deploy/topology.json',
  'firestore.indexes.json',
  'firestore.sharded.indexes.json',
  'firestore.rules',
  'storage.rules',
];
const LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n';

export interface Printed {
  readonly status: number;
  readonly text: string;
}

export interface Resource {
  readonly address: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Rehearsal extends Disposable {
  /** The folder with the configuration. */
  readonly folder: string;
  /** Runs one command of terraform. */
  terraform(...args: readonly string[]): Promise<Printed>;
  /** What the state holds. */
  resources(): Promise<readonly Resource[]>;
  /** Types of the resources in the order in which they were made. */
  made(): readonly string[];
}

export async function rehearseGcp(): Promise<Rehearsal> {
  const copy = temporaryDirectory();
  for (const path of READ_BY_GCP) await cp(fromRoot(path), join(copy, path), { recursive: true });
  const folder = join(copy, 'deploy', 'gcp');
  await writeFile(join(folder, 'backend_override.tf'), LOCAL_STATE);
  const made: string[] = [];
  const providers = await startStandIns(join(folder, 'provider-schemas.json'), made);
  const env = {
    ...process.env,
    ...{
      TF_REATTACH_PROVIDERS: JSON.stringify(providers.reattach),
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
    },
    TF_CLI_ARGS: '-no-color',
  };
  const terraform = (...args: readonly string[]) => run(args, { cwd: folder, env });
  return {
    folder,
    terraform,
    made: () => made,
    resources: async () => resourcesOf(JSON.parse((await terraform('show', '-json')).text)),
    [Symbol.dispose]: providers.stop,
  };
}

async function startStandIns(schemasFile: string, made: string[]) {
  const schemas = JSON.parse(await readFile(schemasFile, 'utf8')) as ProviderSchemas;
  const started = await Promise.all(
    Object.entries(schemas).map(
      async ([name, schema]) => [name, await startStandInProvider(schema, made)] as const,
    ),
  );
  return {
    reattach: Object.fromEntries(
      started.map(([name, { reattach }]) => [`registry.terraform.io/hashicorp/${name}`, reattach]),
    ),
    stop: () => {
      for (const [, provider] of started) provider.stop();
    },
  };
}

interface Module {
  readonly resources?: readonly Resource[];
  readonly child_modules?: readonly Module[];
}

function resourcesOf(shown: { readonly values?: { readonly root_module: Module } }): readonly Resource[] {
  const inModule = ({ resources = [], child_modules = [] }: Module): readonly Resource[] => [
    ...resources,
    ...child_modules.flatMap(inModule),
  ];
  return shown.values ? inModule(shown.values.root_module) : [];
}

/** Both outputs together: terraform writes errors to standard error. */
function run(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Printed> {
  return new Promise((resolve) => {
    execFile(
      'terraform',
      args,
      { ...options, maxBuffer: 64 * 1024 * 1024, timeout: 120_000 },
      (error, stdout, stderr) =>
        resolve({ status: error ? Number(error.code ?? 1) : 0, text: error ? `${stdout}${stderr}` : stdout }),
    );
  });
}
