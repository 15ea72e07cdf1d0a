/**
 * Makes the npm package `@hangtag/functions` as a tarball: `hangtag({...})` and `npx hangtag init`, with the packages that can be
 * bundled, the model, the rules, the locked versions and the licences. See docs/firebase-project.md.
 *
 *     node functions/pack.mjs [--out FOLDER]
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUNTIME, WORKER_ENTRIES } from './bundle-entries.mjs';
import { bundleModules } from './bundle-modules.mjs';
import { dependenciesOf, jsonText, writeLock } from './deployed-package.mjs';
import { scriptOptions } from './script-options.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const { values: options } = scriptOptions(
  'Usage: npm run pack:functions -- [--out FOLDER]\n\nMakes the npm package @hangtag/functions, in this folder or in another one.',
  { options: { out: { type: 'string', default: root } } },
);
const SHIPPED_MODEL = join('models', 'fashion-mobilenetv2');
const PROJECT_FILES = ['firestore.rules', 'firestore.indexes.json', 'storage.rules'];
const ENTRIES = {
  index: join(here, 'dist', 'package', 'hangtag.js'),
  init: join(here, 'dist', 'init', 'command.js'),
  ...WORKER_ENTRIES,
};

const folder = await mkdtemp(join(tmpdir(), 'hangtag-package-'));
try {
  const metafile = await bundleModules(ENTRIES, folder);
  await cp(join(root, SHIPPED_MODEL), join(folder, SHIPPED_MODEL), { recursive: true });
  await mkdir(join(folder, 'project'));
  for (const file of PROJECT_FILES) await cp(join(root, file), join(folder, 'project', file));
  for (const file of ['LICENSE', 'NOTICE']) await cp(join(root, file), join(folder, file));
  await cp(join(root, 'docs', 'firebase-project.md'), join(folder, 'README.md'));
  await writeFile(join(folder, 'index.d.ts'), await typesText());
  await writeManifest(metafile);
  pack();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** The packages that the project installs itself are those that its functions must share with firebase-tools. */
async function writeManifest(metafile) {
  const { version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { dependencies: ranges } = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'));
  const peerDependencies = {
    'firebase-admin': ranges['firebase-admin'],
    'firebase-functions': ranges['firebase-functions'],
  };
  const needed = Object.entries(await dependenciesOf(metafile));
  const manifest = {
    name: '@hangtag/functions',
    version,
    description: 'Labels the images of a Firebase project: functions to deploy beside your own.',
    license,
    type: 'module',
    engines: { node: '>=20.19' },
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
    bin: { hangtag: 'init.js' },
    dependencies: Object.fromEntries(needed.filter(([name]) => !(name in peerDependencies))),
  };
  // Without the peers: npm would install them again below this package.
  await writeLock(join(folder, 'npm-shrinkwrap.json'), manifest);
  await writeFile(
    join(folder, 'package.json'),
    jsonText({ ...manifest, peerDependencies, runtime: RUNTIME }),
  );
}

async function typesText() {
  const [{ settingNames }, { CONFIG_KEYS, SECRET_KEYS }] = await Promise.all([
    import('./dist/package/settings.js'),
    import('@hangtag/shared/config.js'),
  ]);
  const settings = settingNames(CONFIG_KEYS).map((name) => `  readonly ${name}?: SettingValue;\n`);
  const secrets = SECRET_KEYS.map((key) => `'${key}'`).join(' | ');
  return `import type { CloudFunction } from 'firebase-functions/v2';
import type { HttpsFunction } from 'firebase-functions/v2/https';

export type SettingValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

/** \`dailyLimitImages\` is the variable HANGTAG_DAILY_LIMIT_IMAGES of Hangtag's shared/src/config.ts, and so on. */
export interface Settings {
${settings.join('')}  /** Those that exist in Secret Manager. A function gets the ones that it needs. */
  readonly secrets?: readonly (${secrets})[];
  /** Writes the documents of the extension "Label Images with Cloud Vision AI" too. */
  readonly imageLabels?: { readonly collection: string; readonly mode?: 'basic' | 'full' };
}

/** @returns the functions to export, by name. Throws an error that names every setting that is not valid. */
export function hangtag(settings?: Settings): Readonly<Record<string, CloudFunction<never> | HttpsFunction>>;
`;
}

function pack() {
  const args = ['pack', '--pack-destination', resolve(options.out), '--loglevel=error'];
  const { status } = spawnSync('npm', args, {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`Expected npm pack to make a tarball but it ended with ${status}`);
}
