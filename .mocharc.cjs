/** Mocha runs what the build made of today's sources: a compiled test whose source is gone does not run on. */
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

// Google's clients otherwise look for a metadata server, for seconds, and warn that there is none.
process.env.METADATA_SERVER_DETECTION ??= 'none';

const folder = join(__dirname, 'test');
const namesFiles = process.argv.slice(2).some((argument) => argument.endsWith('.js'));

module.exports = {
  // Files named on the command line are all that is run; otherwise everything is.
  spec: namesFiles ? [] : compiledTests(),
  timeout: 30_000,
  forbidOnly: true,
  checkLeaks: true,
  // Left by zod and TensorFlow.js, one a process.
  global: ['__zod_globalConfig', '__zod_globalRegistry', '_tfGlobals', '_tfengine'],
};

function compiledTests() {
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
    .sort()
    .map((path) => join(folder, 'dist', path.replace(/\.ts$/, '.js')));
}
