/**
 * Makes `functions/build` after an installation, if it does not exist, with a module that names the missing step. `npm run bundle`
 * replaces the folder. `firebase emulators:start` runs no `predeploy` step: without the folder it only says that it is missing.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

const folder = new URL('build/', import.meta.url);
// firebase-tools prints the stack of the error.
const INDEX = `const missing = new Error('Expected the functions in functions/build but they are not built. Type: npm run bundle');
missing.stack = missing.message;
throw missing;
`;

if (!existsSync(folder)) {
  mkdirSync(folder);
  writeFileSync(new URL('index.js', folder), INDEX);
  writeFileSync(new URL('package.json', folder), '{ "private": true, "main": "index.js" }\n');
}
