/** Only compiled tests whose source still exists are run. */
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

// Without this, Google's clients look for a metadata server for seconds and warn that they found none.
process.env.METADATA_SERVER_DETECTION ??= 'none';

// The files that take longest: both processes then end at about the same time.
const FIRST = ['property/simulation.test.ts', 'e2e/', 'fault/', 'contract/'];
/** Tests that need more than about 20 s of processor time are files of their own kind: `npm run test:long`. */
const ending = process.env.LONG_TESTS ? '.long.ts' : '.test.ts';
const folder = join(__dirname, 'test');
const namesFiles = process.argv.slice(2).some((argument) => argument.endsWith('.js'));

module.exports = {
  // Files on the command line replace the list of all tests.
  spec: namesFiles ? [] : compiledTests(),
  // Two files at a time, each in one of two processes: many tests wait for other programs. Named files run one after the other.
  parallel: !namesFiles,
  jobs: 2,
  // For a busy machine. A test names a longer one if it needs it.
  timeout: 60_000,
  require: ['lent-emulators.js', 'end-children.js'].map((file) => join(folder, 'dist', 'support', file)),
  // A test that failed may leave a process or a server open, which would keep the run from ending.
  exit: true,
  forbidOnly: true,
  checkLeaks: true,
  // Globals of zod and TensorFlow.js, one set for each process.
  global: ['__zod_globalConfig', '__zod_globalRegistry', '_tfGlobals', '_tfengine'],
};

function compiledTests() {
  const rank = (path) => FIRST.findIndex((start) => path.startsWith(start)) + 1 || FIRST.length + 1;
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((path) => join(folder, 'dist', path.replace(/\.ts$/, '.js')));
}
