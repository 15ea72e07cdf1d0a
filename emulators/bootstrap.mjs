/**
 * Installs the packages and builds the code, if either is missing or out of date, and then runs a script. It imports only
 * Node's own modules, because the packages may not be installed yet.
 *
 *     node emulators/bootstrap.mjs SCRIPT [ARGUMENT ...]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];
/** `npm start`, `npm run suite`, the tests, `npm run suite:smoke`, the benchmarks, and the programs that look at the page. */
const SERVES_PAGE =
  /^(?:emulators\/dist\/(?:start\/main|suite\/suite-command)\.js|test\/run\.mjs|bench\/dist\/bench\.js|node_modules\/mocha\/bin\/mocha\.js|test\/dist\/(?:screenshots|page-frames)\.js)$/;
const WRITE_TOLERANCE_MS = 10_000;
const LOCK = join(root, '.hangtag', 'installing');
const LOCK_POLL_MS = 500;
const TSC = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

requireNode();
installPackages();
build(process.argv.slice(2));
if (SERVES_PAGE.test(process.argv[2] ?? '')) buildPage();
await run(process.argv.slice(2));

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  stop(
    `Expected Node.js ${OLDEST_NODE.join('.')} or newer but found ${process.versions.node}. Get it from https://nodejs.org`,
  );
}

/** A second command in the same folder waits for the first: two installations would remove each other's files. */
function installPackages() {
  if (isInstalled()) return;
  lockInstallation();
  if (!isInstalled()) {
    console.error('Installing packages (once; about a minute) ...');
    npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  rmSync(LOCK, { force: true });
}

/**
 * After an installation, npm writes a copy of the lock file into node_modules. If the copy is older than the lock file, packages
 * are out of date. `npm install` writes both files, one shortly after the other: that difference does not count. With
 * NODE_ENV=production, npm leaves out what the build needs.
 */
function isInstalled() {
  const installed = statSync(join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  const lock = statSync(join(root, 'package-lock.json'));
  return installed !== undefined && installed.mtimeMs + WRITE_TOLERANCE_MS >= lock.mtimeMs && existsSync(TSC);
}

/** Waits while another process has the lock. A lock of a process that has ended counts for nothing. */
function lockInstallation() {
  mkdirSync(dirname(LOCK), { recursive: true });
  for (let isAnnounced = false; ; sleep(LOCK_POLL_MS)) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isLocked()) rmSync(LOCK, { force: true });
    else if (!isAnnounced) console.error('Waiting for another command that installs the packages ...');
    isAnnounced = true;
  }
}

/** Also for a moment after the lock was made, when the file is still empty. */
function isLocked() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    return pid === 0 ? Date.now() - statSync(LOCK).mtimeMs < WRITE_TOLERANCE_MS : process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Builds the script's workspace and the workspaces that it imports. If the script is in no workspace, builds everything. */
function build([script = '']) {
  const [workspace = ''] = script.split('/');
  const only = existsSync(join(root, workspace, 'tsconfig.json')) ? [workspace] : [];
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  succeed(spawnSync(process.execPath, [TSC, '-b', ...only], options), 'The build');
}

/** Builds `web/dist` if one of its sources is newer. */
function buildPage() {
  const web = join(root, 'web');
  const built = statSync(join(web, 'dist', 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = ['src', 'public'].flatMap((folder) =>
    readdirSync(join(web, folder)).map((file) => join(folder, file)),
  );
  const isStale = [...sources, 'index.html', 'vite.config.js', 'package.json'].some(
    (file) => statSync(join(web, file)).mtimeMs > built,
  );
  if (!isStale) return;
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  succeed(
    spawnSync(process.execPath, [vite, 'build', 'web', '--logLevel', 'warn'], options),
    'The build of the page',
  );
}

function npm(args) {
  // npm sets this variable for the scripts that it runs. Without it, npm is found on the PATH.
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
  if (result.status !== 0)
    stop(`${what} failed with exit code ${result.status}; its messages are printed above.`);
}

function stop(message) {
  console.error(message);
  process.exit(1);
}

/** Runs the script in this process, so that it receives Ctrl-C and sets the exit code. */
async function run([script, ...args]) {
  if (script === undefined) return;
  const path = resolve(root, script);
  process.argv = [process.argv[0], path, ...args];
  await import(pathToFileURL(path).href);
}
