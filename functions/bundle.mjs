/**
 * Makes `functions/build`, the folder that is deployed and that the local stack runs. It contains the functions, `shared` and
 * the packages that they use, bundled into few files, because most of a cold start is the search for modules; the model; and
 * what the cloud installs the other packages from. The workspace itself cannot be deployed: its links
 * point outside the folder.
 *
 *     node functions/bundle.mjs [--if-changed] [--out FOLDER]
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RUNTIME, WORKER_ENTRIES } from './bundle-entries.mjs';
import { bundleModules, bundleScript, changedAt } from './bundle-modules.mjs';
import { writeDeployedPackage } from './deployed-package.mjs';
import { scriptOptions } from './script-options.mjs';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const { values: options } = scriptOptions(
  'Usage: npm run bundle -- [--if-changed] [--out FOLDER]\n\nMakes functions/build, the folder that is deployed, or the same in another folder.',
  { options: { 'if-changed': { type: 'boolean' }, out: { type: 'string', default: join(here, 'build') } } },
);
const out = resolve(options.out);
const SHIPPED_MODEL = join('models', 'fashion-mobilenetv2');
/** A custom model is bundled in addition to the shipped one, in `models/<name of its folder>`. */
const OWN_MODEL = ownModel(process.env.HANGTAG_MODEL_DIR);
/** `firebase deploy` and the emulators set these variables on every function. */
const ENVIRONMENT = OWN_MODEL ? `HANGTAG_MODEL_DIR=${OWN_MODEL.to}\n` : '';
/** Entry points by the name of their output: what is read before the declarations, and programs of other processes and threads. */
const ENTRIES = {
  'spare-worker': join(here, 'dist', 'platform', 'spare-worker.js'),
  'api-alone': join(here, 'dist', 'api', 'alone.js'),
  ...WORKER_ENTRIES,
};
/** Copied as they are. */
const COPIED = ['cached-script.mjs', 'compile.mjs'];
/** Every compilation, installation or training makes one of these files newer than the bundle. */
const INPUTS = [
  fileURLToPath(import.meta.url),
  join(here, 'bundle-entries.mjs'),
  join(here, 'bundle-modules.mjs'),
  join(here, 'deployed-package.mjs'),
  ...COPIED.map((file) => join(here, file)),
  join(root, 'node_modules', '.package-lock.json'),
  join(root, SHIPPED_MODEL, 'manifest.json'),
  ...(OWN_MODEL ? [join(OWN_MODEL.from, 'manifest.json')] : []),
  join(root, 'shared', 'tsconfig.tsbuildinfo'),
  join(root, 'wardrobe', 'tsconfig.tsbuildinfo'),
  join(here, 'tsconfig.tsbuildinfo'),
];
if (OWN_MODEL && !existsSync(join(OWN_MODEL.from, 'manifest.json'))) {
  console.error(
    `Expected HANGTAG_MODEL_DIR to be the folder of a model but found no manifest.json in ${OWN_MODEL.from}. ` +
      'Type: npm run model -- add DIR',
  );
  process.exit(2);
}
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
  const [made, ...changed] = await Promise.all([join(out, 'declarations.cjs'), ...INPUTS].map(changedAt));
  return made !== undefined && changed.every((at) => at !== undefined && at <= made);
}

async function make(folder) {
  await mkdir(folder, { recursive: true });
  const modules = await bundleModules(ENTRIES, folder);
  const script = await bundleScript(join(here, 'dist', 'index.js'), join(folder, 'declarations.cjs'));
  for (const file of COPIED) await cp(join(here, file), join(folder, file));
  await writeFile(join(folder, 'index.js'), await entryText());
  await cp(join(root, SHIPPED_MODEL), join(folder, SHIPPED_MODEL), { recursive: true });
  if (OWN_MODEL) {
    await cp(OWN_MODEL.from, join(folder, OWN_MODEL.to), { recursive: true });
    await writeFile(join(folder, '.env'), ENVIRONMENT);
  }
  const { emulatorFiles } = await import('./dist/platform/parameters.js');
  for (const [file, text] of Object.entries(emulatorFiles())) await writeFile(join(folder, file), text);
  const metafile = { outputs: { ...modules.outputs, ...script.outputs } };
  await writeDeployedPackage(folder, { metafile, runtime: RUNTIME, previous: out });
  const { HEAP_FLAGS } = await import('./dist/platform/heap-flags.js');
  const flags = [[], ...Object.values(HEAP_FLAGS)];
  await Promise.all(flags.map((each) => run(process.execPath, [...each, 'compile.mjs'], { cwd: folder })));
  console.log(`Made ${out} for ${RUNTIME}.`);
}

/**
 * One export for each function of the table: an ES module must name its exports. No other export has declarations: firebase-tools
 * would deploy them a second time, as a group.
 */
async function entryText() {
  const { FUNCTIONS, startLabelling } = await import('./dist/platform/function-table.js');
  const labelling = FUNCTIONS.filter(({ start }) => start === startLabelling).map(({ name }) => name);
  const names = FUNCTIONS.map(({ name }) => `export const ${name} = declarations.${name};\n`);
  return [
    '// Made by bundle.mjs from the function table.\n',
    "import { runScript } from './cached-script.mjs';\n",
    "import { spareWorker } from './spare-worker.js';\n\n",
    `const spare = spareWorker(${JSON.stringify(labelling)});\n`,
    'const { declarations, start } = runScript().declared(spare);\n',
    'export { start };\n',
    ...names,
  ].join('');
}
