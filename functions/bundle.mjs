/**
 * Makes `functions/build`, the folder that is deployed and that the local stack runs. It contains the functions, `shared` and
 * the packages that they use, bundled into few files, because most of a cold start is the search for modules; the model; and
 * what the cloud installs the other packages from. The workspace itself cannot be deployed: its links
 * point outside the folder.
 *
 *     node functions/bundle.mjs [--if-changed] [--out FOLDER]
 */
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeDeployedPackage } from './deployed-package.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const { values: options } = parseArgs({
  options: { 'if-changed': { type: 'boolean' }, out: { type: 'string', default: join(here, 'build') } },
});
const out = resolve(options.out);
const SHIPPED_MODEL = join('models', 'fashion-mobilenetv2');
/** A custom model is bundled in addition to the shipped one, in `models/<name of its folder>`. */
const OWN_MODEL = ownModel(process.env.HANGTAG_MODEL_DIR);
/** `firebase deploy` and the emulators set these variables on every function. */
const ENVIRONMENT = OWN_MODEL ? `HANGTAG_MODEL_DIR=${OWN_MODEL.to}\n` : '';
const RUNTIME = 'nodejs24';
/** Entry points by the name of their output: the declarations, and the modules that they start as processes or threads. */
const ENTRIES = {
  declarations: join(here, 'dist', 'index.js'),
  'isolation/entry': join(root, 'shared', 'dist', 'inference', 'isolation', 'entry.js'),
  'isolation/thumbnail-entry': join(root, 'shared', 'dist', 'inference', 'isolation', 'thumbnail-entry.js'),
};
/** Every compilation, installation or training makes one of these files newer than the bundle. */
const INPUTS = [
  fileURLToPath(import.meta.url),
  join(here, 'deployed-package.mjs'),
  join(root, 'node_modules', '.package-lock.json'),
  join(root, SHIPPED_MODEL, 'manifest.json'),
  ...(OWN_MODEL ? [join(OWN_MODEL.from, 'manifest.json')] : []),
  join(root, 'shared', 'tsconfig.tsbuildinfo'),
  join(here, 'tsconfig.tsbuildinfo'),
];
/** Packages that load native code, or files of their own folder. */
const NATIVE = [/^onnxruntime-node$/, /^@node-rs\//, /^@tensorflow\//, /^libheif-js\//];
/** firebase-tools reads the declarations through the installed package, and compares objects of that package by identity. */
const DECLARING = [/^firebase-functions\//];
const INSTALLED = [...NATIVE, ...DECLARING];
/**
 * Parts of packages that every start would read and that are not used: a client for locations that each Firestore client makes,
 * messages of services that it does not call, zod's translations. If a package moves them, they are bundled again.
 */
const UNUSED = [
  [/google-gax\/build\/src\/locationService\.js$/, 'exports.LocationsClient = class { async close() {} };'],
  [/google-gax\/build\/protos\/(iam_service|locations|operations)\.js$/, 'exports.google = {};'],
  [/zod\/v4\/locales\/index\.js$/, 'export {};'],
];
/** Names that CommonJS modules expect and ES modules lack. Imports have unusual names, because esbuild cannot detect conflicts. */
const COMMONJS_NAMES = `
import { createRequire as $createRequire } from 'node:module';
import { fileURLToPath as $fileURLToPath } from 'node:url';
const require = $createRequire(import.meta.url);
const __filename = $fileURLToPath(import.meta.url);
const __dirname = $fileURLToPath(new URL('.', import.meta.url));`;

if (options['if-changed'] && (await isCurrent())) process.exit();
// The folder is made under another name and then renamed, so that no process reads an incomplete bundle.
const next = join(here, 'dist', `bundle-${process.pid}`);
try {
  await make(next);
  await rm(out, { recursive: true, force: true });
  await rename(next, out);
} finally {
  await rm(next, { recursive: true, force: true });
}

function ownModel(dir) {
  if (!dir || resolve(root, dir) === join(root, SHIPPED_MODEL)) return undefined;
  return { from: resolve(root, dir), to: join('models', basename(resolve(root, dir))) };
}

async function isCurrent() {
  if ((await readFile(join(out, '.env'), 'utf8').catch(() => '')) !== ENVIRONMENT) return false;
  // placeholder.mjs makes a folder without this file.
  const [made, ...changed] = await Promise.all([join(out, 'declarations.js'), ...INPUTS].map(changedAt));
  return made !== undefined && changed.every((at) => at !== undefined && at <= made);
}

async function changedAt(path) {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

async function make(folder) {
  const { build } = await import('esbuild');
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: ENTRIES,
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: COMMONJS_NAMES },
    legalComments: 'external',
    // node-fetch 2 has its own URL class, with 286 kB of tables, for versions of Node without one.
    alias: { 'whatwg-url': 'node:url' },
    plugins: [
      { name: 'installed-packages', setup: keepInstalledOutside },
      { name: 'unused-parts', setup: emptyUnused },
    ],
    metafile: true,
    logLevel: 'warning',
  });
  await writeFile(join(folder, 'index.js'), await entryText());
  await cp(join(root, SHIPPED_MODEL), join(folder, SHIPPED_MODEL), { recursive: true });
  if (OWN_MODEL) {
    await cp(OWN_MODEL.from, join(folder, OWN_MODEL.to), { recursive: true });
    await writeFile(join(folder, '.env'), ENVIRONMENT);
  }
  const { emulatorFiles } = await import('./dist/platform/parameters.js');
  for (const [file, text] of Object.entries(emulatorFiles())) await writeFile(join(folder, file), text);
  await writeDeployedPackage(folder, { metafile, runtime: RUNTIME, previous: out });
  console.log(`Made ${out} for ${RUNTIME}.`);
}

/** One export for each function of the table: an ES module must name its exports. */
async function entryText() {
  const { FUNCTIONS } = await import('./dist/platform/function-table.js');
  const names = FUNCTIONS.map(({ name }) => `export const ${name} = declarations.${name};\n`);
  return [
    '// Made by bundle.mjs from the function table.\n',
    "import { declarations } from './declarations.js';\n\n",
    "export { start } from './declarations.js';\n",
    ...names,
  ].join('');
}

function keepInstalledOutside({ onResolve }) {
  for (const filter of INSTALLED) onResolve({ filter }, ({ path }) => ({ path, external: true }));
}

function emptyUnused({ onLoad }) {
  for (const [filter, contents] of UNUSED) onLoad({ filter }, () => ({ contents }));
}
