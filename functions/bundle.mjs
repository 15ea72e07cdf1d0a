/**
 * Makes `functions/build`, the folder that is deployed: the functions and all of `shared` in one file a process,
 * the model beside them, and a package.json that names only what has to be installed in the cloud, each at the very
 * version that was tested here. A workspace cannot be deployed as it is: its links point outside the folder.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'build');
const MODEL = join('models', 'fashion-mobilenetv2');
const RUNTIME = 'nodejs24';
/** Entry by name of the file it becomes: the declarations, and what they start in a process or thread of its own. */
const ENTRIES = {
  index: join(here, 'dist', 'index.js'),
  'isolation/entry': join(here, '..', 'shared', 'dist', 'inference', 'isolation', 'entry.js'),
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const { metafile } = await build({
  entryPoints: ENTRIES,
  outdir: out,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  // Packages are installed, not bundled: several load native code or files that lie beside their own.
  plugins: [{ name: 'installed-packages', setup: keepPackagesOutside }],
  metafile: true,
  logLevel: 'warning',
});
await cp(join(here, '..', MODEL), join(out, MODEL), { recursive: true });
await writeFile(join(out, 'package.json'), `${JSON.stringify(await packageOf(metafile), null, 2)}\n`);
console.log(`Made ${out} for ${RUNTIME}.`);

function keepPackagesOutside({ onResolve }) {
  onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
    if (kind === 'entry-point' || path.startsWith('@hangtag/') || path.startsWith(sep)) return undefined;
    return { path, external: true };
  });
}

async function packageOf({ outputs }) {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const names = imports.filter(({ external }) => external).map(({ path }) => packageNameOf(path));
  const installed = [...new Set([...names, '@google-cloud/functions-framework', 'firebase-admin'])].filter(
    (name) => !name.startsWith('node:'),
  );
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

function packageNameOf(path) {
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
