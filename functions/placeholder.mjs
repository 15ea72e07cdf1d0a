/**
 * Makes `functions/build` after an installation, if it does not exist, with a function that names the missing step. `npm run bundle`
 * replaces the folder. `firebase emulators:start` runs no `predeploy` step, and it says "All emulators ready" even if functions cannot be
 * loaded: so this function is loaded, and fails for each image.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

const folder = new URL('build/', import.meta.url);
const INDEX = `const { onObjectFinalized } = require('firebase-functions/storage');

const MESSAGE = 'Expected the functions in functions/build but they are not built. Stop the emulators, and type: npm run bundle';
console.error(MESSAGE);
exports.notBuilt = onObjectFinalized(() => {
  const missing = new Error(MESSAGE);
  // The emulator prints the stack.
  missing.stack = MESSAGE;
  throw missing;
});
`;

if (!existsSync(folder)) {
  mkdirSync(folder);
  writeFileSync(new URL('index.js', folder), INDEX);
  // Otherwise the emulator says that these two have to be installed. They are found in `node_modules` of the repository.
  const dependencies = { 'firebase-admin': '*', 'firebase-functions': '*' };
  const manifest = { private: true, main: 'index.js', dependencies };
  writeFileSync(new URL('package.json', folder), `${JSON.stringify(manifest)}\n`);
}
