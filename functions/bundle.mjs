/**
 * Makes `functions/build`, the folder that is deployed and that the local stack runs: the functions, all of `shared` and
 * the packages that they use in a few files, since most of a cold start is looking for modules; the model beside them;
 * and a package.json that names what has to be installed in the cloud, each at the very version that was tested here. A
 * workspace cannot be deployed as it is: its links point outside the folder.
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
/** A model of one's own is bundled beside the one that ships, under `models/` and its folder's name. */
const OWN_MODEL = ownModel(process.env.HANGTAG_MODEL_DIR);
const RUNTIME = 'nodejs24';
/** Entry by name of the file it becomes: the declarations, and what they start in a process or thread of its own. */
const ENTRIES = {
  declarations: join(here, 'dist', 'index.js'),
  'isolation/entry': join(root, 'shared', 'dist', 'inference', 'isolation', 'entry.js'),
  'isolation/thumbnail-entry': join(root, 'shared', 'dist', 'inference', 'isolation', 'thumbnail-entry.js'),
};
/** Whatever is compiled, installed or trained anew leaves one of these newer than the bundle. */
const INPUTS = [
  fileURLToPath(import.meta.url),
  join(root, 'node_modules', '.package-lock.json'),
  join(root, SHIPPED_MODEL, 'manifest.json'),
  ...(OWN_MODEL ? [join(OWN_MODEL.from, 'manifest.json')] : []),
  join(root, 'shared', 'tsconfig.tsbuildinfo'),
  join(here, 'tsconfig.tsbuildinfo'),
];
/** Packages that load native code, or files that lie beside their own. */
const NATIVE = [/^onnxruntime-node$/, /^@node-rs\//, /^@tensorflow\//, /^libheif-js\//];
/** firebase-tools reads the declarations through the package that is installed, and by its very objects. */
const DECLARING = [/^firebase-functions\//];
const INSTALLED = [...NATIVE, ...DECLARING];
/** What runs the functions in the cloud; and sharp for its native code alone: its modules are in the bundle, since looking
 * for them takes seven times as long as loading that. */
const ALSO_INSTALLED = ['@google-cloud/functions-framework', 'firebase-admin', 'sharp'];
/**
 * Parts of packages that every start would read and nothing here uses: a client for locations that each Firestore client
 * makes, messages of services that it does not call, zod's languages. Where a package moves them, they are merely back.
 */
const UNUSED = [
  [/google-gax\/build\/src\/locationService\.js$/, 'exports.LocationsClient = class { async close() {} };'],
  [/google-gax\/build\/protos\/(iam_service|locations|operations)\.js$/, 'exports.google = {};'],
  [/zod\/v4\/locales\/index\.js$/, 'export {};'],
];
/** What CommonJS takes for granted and an ES module is not given. Of these names esbuild knows nothing, so none is common. */
const COMMONJS_NAMES = `
import { createRequire as $createRequire } from 'node:module';
import { fileURLToPath as $fileURLToPath } from 'node:url';
const require = $createRequire(import.meta.url);
const __filename = $fileURLToPath(import.meta.url);
const __dirname = $fileURLToPath(new URL('.', import.meta.url));`;

if (process.argv.includes('--if-changed') && (await isCurrent())) process.exit();
// Made beside and then exchanged, so that nobody finds half of it.
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
    // node-fetch 2 brings a URL of its own, with 286 kB of tables, for a Node that has none.
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
  // Last: its age is that of the whole.
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(await packageOf(metafile), null, 2)}\n`);
  console.log(`Made ${out} for ${RUNTIME}.`);
}

/** One export for each function of the table: an ES module has to name what it exports. */
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

/** As installed; undefined for an optional package that is not. */
async function versionOf(name) {
  for (const folder of createRequire(join(here, 'package.json')).resolve.paths(name) ?? []) {
    const text = await readFile(join(folder, name, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text).version;
  }
  return undefined;
}
