/**
 * Says what the deployed folder installs: package.json with the versions that were tested here, package-lock.json for
 * everything that these need, and the policy for install scripts.
 */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const ROOT_PACKAGE = join(here, '..', 'package.json');
const ROOT_LOCK = join(here, '..', 'package-lock.json');
/**
 * Packages that run the functions in the cloud, and sharp for its native code only: its modules are bundled, because finding
 * them takes seven times as long as loading the native code.
 */
const ALSO_INSTALLED = ['@google-cloud/functions-framework', 'firebase-admin', 'sharp'];
/** For an npm that does not know `allowScripts`: without it, onnxruntime-node tries to download libraries for CUDA. */
const NPM_SETTINGS = 'onnxruntime-node-install=skip\n';
/** Prunes the lock file beside package.json. It needs no registry. */
const PRUNE = ['install', '--package-lock-only', '--ignore-scripts', '--offline', '--no-audit', '--no-fund'];
/** The lock file must not name the registry of this machine. */
const PRUNE_SETTINGS = ['--omit-lockfile-registry-resolved', '--loglevel=error'];

/**
 * @param metafile of esbuild
 * @param previous folder of an earlier bundle: its lock file is copied if it is still correct, because npm needs a second
 */
export async function writeDeployedPackage(folder, { metafile, runtime, previous }) {
  const manifest = {
    name: 'hangtag-functions',
    // A bill of materials (`npm sbom`) needs it.
    version: JSON.parse(await readFile(ROOT_PACKAGE, 'utf8')).version,
    private: true,
    type: 'module',
    main: 'index.js',
    scripts: { 'gcp-build': 'node compile.mjs' },
    engines: { node: runtime.replace('nodejs', '') },
    dependencies: await dependenciesOf(metafile),
  };
  const lock = join(folder, 'package-lock.json');
  if (await isLockCurrent(previous, manifest)) await copyFile(join(previous, 'package-lock.json'), lock);
  else await writeLock(lock, manifest);
  await writeFile(join(folder, '.npmrc'), NPM_SETTINGS);
  const complete = { ...manifest, allowScripts: await scriptPolicy(lock) };
  await writeFile(join(folder, 'package.json'), jsonText(complete));
}

export async function dependenciesOf({ outputs }) {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const names = imports.filter(({ external, path }) => external && !isBuiltin(path)).map(packageNameOf);
  const installed = [...new Set([...names, ...ALSO_INSTALLED])];
  const versions = await Promise.all(installed.sort().map(async (name) => [name, await versionOf(name)]));
  return Object.fromEntries(versions.filter(([, version]) => version !== undefined));
}

function packageNameOf({ path }) {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}

/** @returns the installed version; undefined if an optional package is not installed */
async function versionOf(name) {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const text = await readFile(join(folder, name, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text).version;
  }
  return undefined;
}

async function isLockCurrent(folder, { dependencies, engines }) {
  const path = join(folder, 'package-lock.json');
  const [made, changed] = await Promise.all(
    [path, ROOT_LOCK].map((file) => stat(file).catch(() => undefined)),
  );
  if (made === undefined || made.mtimeMs < changed.mtimeMs) return false;
  const [locked] = Object.values(JSON.parse(await readFile(path, 'utf8')).packages);
  return jsonText([locked.dependencies, locked.engines]) === jsonText([dependencies, engines]);
}

export async function writeLock(path, manifest) {
  const folder = await mkdtemp(join(tmpdir(), 'hangtag-lock-'));
  try {
    await writeFile(join(folder, 'package.json'), jsonText(manifest));
    await copyFile(ROOT_LOCK, join(folder, 'package-lock.json'));
    runNpm([...PRUNE, ...PRUNE_SETTINGS], folder);
    await copyFile(join(folder, 'package-lock.json'), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runNpm(args, cwd) {
  // npm sets this variable for the scripts that it runs. Otherwise npm is on the PATH.
  const cli = process.env.npm_execpath;
  const options = { cwd, stdio: ['ignore', 'ignore', 2] };
  const { status, error } = cli?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [cli, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (status !== 0)
    throw new Error(
      `Expected npm to prune package-lock.json but it ended with ${status}: run \`npm install\` at the root, which makes the lock file match the packages`,
      { cause: error },
    );
}

/** The repository's policy for each locked package that has an install script. The default is that it does not run. */
async function scriptPolicy(lock) {
  const { packages } = JSON.parse(await readFile(lock, 'utf8'));
  const { allowScripts } = JSON.parse(await readFile(ROOT_PACKAGE, 'utf8'));
  const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = scripted.map(([path]) => path.split('node_modules/').at(-1));
  return Object.fromEntries(names.map((name) => [name, allowScripts[name] ?? false]));
}

export function jsonText(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
