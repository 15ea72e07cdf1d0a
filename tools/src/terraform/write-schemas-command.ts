/**
 * `npm run deploy:schemas`: writes deploy/gcp/provider-schemas.json, the schemas of the resources that deploy/gcp uses, from npm's
 * packages of cdktf bindings.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Block, ProviderSchema } from './provider-schema.js';
import { type Bindings, readBindings } from './read-bindings.js';

const run = promisify(execFile);
const GCP = fileURLToPath(new URL('../../../deploy/gcp/', import.meta.url));
/** By the provider: 16.12.1 was made from version 6.50.0 of both of Google's, 11.0.1 from 0.13.1 of time. */
const PACKAGES = {
  google: '@cdktf/provider-google@16.12.1',
  'google-beta': '@cdktf/provider-google-beta@16.12.1',
  time: '@cdktf/provider-time@11.0.1',
};

const folder = await mkdtemp(join(tmpdir(), 'hangtag-schemas-'));
try {
  const configuration = await readConfiguration();
  const schemas: Record<string, ProviderSchema> = {};
  for (const [provider, spec] of Object.entries(PACKAGES)) {
    const { stdout } = await run('npm', ['pack', '--silent', spec], { cwd: folder });
    const library = join(folder, provider);
    await run('mkdir', [library]);
    await run('tar', ['xzf', join(folder, stdout.trim()), '-C', library]);
    schemas[provider] = await schemaOf(join(library, 'package', 'lib'), blocksWith(provider, configuration));
  }
  await writeFile(join(GCP, 'provider-schemas.json'), `${JSON.stringify(schemas)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function readConfiguration(): Promise<string> {
  const files = await readdir(GCP, { recursive: true });
  const texts = files.filter((file) => file.endsWith('.tf')).map((file) => readFile(join(GCP, file), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

/** The resources and data sources of a configuration that this provider makes. */
function blocksWith(provider: string, configuration: string): string {
  const blocks = configuration.match(/^(resource|data) "\w+" [\s\S]*?^\}/gm) ?? [];
  return blocks
    .filter((block) => (/^ {2}provider += ([\w-]+)/m.exec(block)?.[1] ?? block.split(/["_]/)[1]) === provider)
    .join('\n');
}

async function schemaOf(library: string, configuration: string): Promise<ProviderSchema> {
  const provider = readBindings(await bindingsIn(join(library, 'provider')), 'TerraformProvider');
  const attributes = Object.entries(provider.attributes).filter(
    ([name]) => !name.endsWith('_custom_endpoint'),
  );
  return {
    provider: { ...provider, attributes: Object.fromEntries(attributes) },
    resource_schemas: await blocksOf('resource', library, configuration),
    data_source_schemas: await blocksOf('data', library, configuration),
  };
}

async function blocksOf(
  kind: 'resource' | 'data',
  library: string,
  configuration: string,
): Promise<Readonly<Record<string, Block>>> {
  const types = [...configuration.matchAll(new RegExp(`^${kind} "(\\w+)"`, 'gm'))].map(
    ([, type = '']) => type,
  );
  const base = kind === 'data' ? 'TerraformDataSource' : 'TerraformResource';
  const blocks: Record<string, Block> = {};
  for (const type of [...new Set(types)].sort()) {
    const found = folderOf(library, kind, type);
    if (found !== undefined) blocks[type] = readBindings(await bindingsIn(found), base);
  }
  return blocks;
}

/** Most packages leave out the name of the provider: google_pubsub_topic is in pubsub-topic. */
function folderOf(library: string, kind: 'resource' | 'data', type: string): string | undefined {
  const full = type.replaceAll('_', '-');
  const names = [full, full.replace(/^[a-z]+-/, '')].map((name) => (kind === 'data' ? `data-${name}` : name));
  return names.map((name) => join(library, name)).find((path) => existsSync(path));
}

async function bindingsIn(path: string): Promise<Bindings> {
  const [script, types] = await Promise.all(
    ['index.js', 'index.d.ts'].map((file) => readFile(join(path, file), 'utf8')),
  );
  return { script: script ?? '', types: types ?? '' };
}
