/**
 * Makes `functions/build`, the folder that is deployed and that the local stack runs. It contains the functions, `shared` and
 * the packages that they use, bundled into few files, because most of a cold start is the search for modules; the model; and a
 * package.json with the packages to install in the cloud, each in the version that is installed here. The workspace itself
 * cannot be deployed: its links point outside the folder.
 *
 *     node functions/bundle.mjs [--if-changed]
 */
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = join(here, 'build');
const SHIPPED_MODEL = join('models', 'fashion-mobilenetv2');
/** A custom model is bundled in addition to the shipped one, in `models/<name of its folder>`. */
const OWN_MODEL = ownModel(process.env.HANGTAG_MODEL_DIR);
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
 * Packages that run the functions in the cloud, and sharp for its native code only: its modules are bundled, because finding
 * them takes seven times as long as loading the native code.
 */
const ALSO_INSTALLED = ['@google-cloud/functions-framework', 'firebase-admin', 'sharp'];
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

if (process.argv.includes('--if-changed') && (await isCurrent())) process.exit();
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
  if (OWN_MODEL && (await changedAt(join(out, OWN_MODEL.to, 'manifest.json'))) === undefined) return false;
  const [made, ...changed] = await Promise.all([join(out, 'package.json'), ...INPUTS].map(changedAt));
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
    // `firebase deploy` sets these variables on every function.
    await writeFile(join(folder, '.env'), `HANGTAG_MODEL_DIR=${OWN_MODEL.to}\n`);
  }
  // Written last: its modification time counts as that of the bundle.
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(await packageOf(metafile), null, 2)}\n`);
  console.log(`Made ${out} for ${RUNTIME}.`);
}

/** One export for each function of the table: an ES module must name its exports. */
async function entryText() {
  const { FUNCTIONS } = await import('./dist/function-table.js');
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

async function packageOf({ outputs }) {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const names = imports.filter(({ external, path }) => external && !isBuiltin(path)).map(packageNameOf);
  const installed = [...new Set([...names, ...ALSO_INSTALLED])];
  const versions = await Promise.all(installed.sort().map(async (name) => [name, await versionOf(name)]));
  return {
    name: 'hangtag-functions',
    private: true,
    type: 'module',
    main: 'index.js',
    engines: { node: RUNTIME.replace('nodejs', '') },
    dependencies: Object.fromEntries(versions.filter(([, version]) => version !== undefined)),
  };
}

function packageNameOf({ path }) {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The installed version; undefined for an optional package that is not installed. */
async function versionOf(name) {
  for (const folder of createRequire(join(here, 'package.json')).resolve.paths(name) ?? []) {
    const text = await readFile(join(folder, name, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text).version;
  }
  return undefined;
}
