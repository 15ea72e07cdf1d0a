/**
 * Finds `@tensorflow/tfjs-node` with its native library: the folder in TFJS_NODE_DIR, the installed package, or a download. In the first and
 * the last case a link in `node_modules` lets the code import it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

const NAME = '@tensorflow/tfjs-node';
/** It calls a function that Node 23 removed. */
const NEWEST_NODE = 22;
const DOWNLOAD_LIMIT_MS = 600_000;

/**
 * @param {string} root of the repository
 * @returns {{found: string, link?: string} | {missing: string}}
 */
export function provideTfjsNode(root) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major > NEWEST_NODE)
    return {
      missing: `Expected Node.js 20 to ${NEWEST_NODE} for ${NAME} but found ${process.versions.node}`,
    };
  const link = join(root, 'node_modules', NAME);
  const { TFJS_NODE_DIR: named } = process.env;
  if (named !== undefined) return linked(resolve(named), link);
  if (existsSync(link)) return checked(link);
  const downloaded = download(root);
  return 'missing' in downloaded ? downloaded : linked(downloaded.found, link);
}

/** Into a folder of its own: `npm install` in the repository leaves an optional package out without a word if it fails. */
function download(root) {
  const folder = join(root, '.hangtag', 'tfjs-node');
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'shared', 'package.json'), 'utf8'));
  mkdirSync(folder, { recursive: true });
  const wanted = `${NAME}@${optionalDependencies[NAME]}`;
  const args = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefix',
    folder,
    wanted,
  ];
  console.log(`Installing ${wanted}, whose install script downloads libtensorflow ...`);
  const options = {
    cwd: folder,
    encoding: 'utf8',
    timeout: DOWNLOAD_LIMIT_MS,
    shell: process.platform === 'win32',
  };
  const { status, stderr, error } = spawnSync('npm', args, options);
  if (status === 0) return { found: join(folder, 'node_modules', NAME) };
  return {
    missing: `npm could not install ${wanted}: ${reasonIn(stderr) ?? error?.message ?? `exit code ${status}`}. A folder with a built package can be named in TFJS_NODE_DIR`,
  };
}

/** The first line that names an error. */
function reasonIn(output) {
  const lines = output?.split('\n').map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim()) ?? [];
  return lines.find((line) => /\b\w*error\b.*:/i.test(line)) ?? lines.find((line) => line !== '');
}

function linked(folder, link) {
  if (existsSync(link))
    return { missing: `Expected no ${link} beside ${folder}: remove it, or unset TFJS_NODE_DIR` };
  const state = checked(folder);
  if ('missing' in state) return state;
  symlinkSync(folder, link, 'junction');
  return { ...state, link };
}

/** The library is there, whether or not it works: a library that is there and fails must fail the tests. */
function checked(folder) {
  const { version } = existsSync(join(folder, 'package.json'))
    ? JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    : {};
  if (version === undefined) return { missing: `Expected the package ${NAME} in ${folder} but found none` };
  const library = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  if (!existsSync(library))
    return {
      missing: `Expected the native library ${library} but found none: its download or build has failed`,
    };
  return { found: `${NAME} ${version} in ${folder}` };
}
