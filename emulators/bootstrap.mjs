/**
 * What a fresh clone needs before anything of it can run: the packages and the build. Nothing is imported here but
 * Node itself, since nothing else may be there yet.
 *
 *     node emulators/bootstrap.mjs SCRIPT [ARGUMENT ...]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];
const NPM_WRITES_BOTH_MS = 10_000;

requireNode();
installWhatIsMissing();
build(process.argv.slice(2));
await run(process.argv.slice(2));

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  stop(
    `Expected Node.js ${OLDEST_NODE.join('.')} or newer but found ${process.versions.node}. Get it from https://nodejs.org`,
  );
}

/**
 * npm keeps its own copy of the lock file beside the packages, written when all of them are there. The copy is as new
 * as the lock file, give or take the moment that `npm install` needs to write both.
 */
function installWhatIsMissing() {
  const installed = statSync(join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  const lock = statSync(join(root, 'package-lock.json'));
  if (installed !== undefined && installed.mtimeMs + NPM_WRITES_BOTH_MS >= lock.mtimeMs) return;
  console.error('Installing packages (once; about a minute) ...');
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** The workspace that the script was compiled from, with what it stands on; everything for what is none of ours. */
function build([script = '']) {
  const [workspace = ''] = script.split('/');
  const only = existsSync(join(root, workspace, 'tsconfig.json')) ? [workspace] : [];
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  succeed(spawnSync(process.execPath, [tsc, '-b', ...only], options), 'The build');
}

function npm(args) {
  // npm says where it is to the scripts it runs; called by hand, it is on the PATH.
  const cli = process.env.npm_execpath;
  const options = {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  };
  const result = cli?.endsWith('.js')
    ? spawnSync(process.execPath, [cli, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  succeed(result, `npm ${args[0]}`);
}

function succeed(result, what) {
  if (result.error) stop(`${what} could not start: ${result.error.message}`);
  if (result.status !== 0) stop(`${what} failed with exit code ${result.status}; what it said stands above.`);
}

function stop(message) {
  console.error(message);
  process.exit(1);
}

/** Runs the script in this process, so that Ctrl-C and exit codes are its own. */
async function run([script, ...args]) {
  if (script === undefined) return;
  const path = resolve(root, script);
  process.argv = [process.argv[0], path, ...args];
  await import(pathToFileURL(path).href);
}
