/**
 * Runs mocha: all files `*.test.ts`; with `--long` all files `*.long.ts`; or the named ones. A file may be named as it is written,
 * `test/unit/log.test.ts`: its compiled file is what runs.
 */
import { bundleFunctions } from '../emulators/dist/start/functions-bundle.js';

if (process.argv.includes('--long')) process.env.LONG_TESTS = 'true';
process.argv = process.argv
  .filter((argument) => argument !== '--long')
  .map((argument) => argument.replace(/^(?:.*\/)?test\/(?!dist\/)(.+)\.ts$/, 'test/dist/$1.js'));
const namesFiles = process.argv.some((argument) => /\.(test|long)\.js$/.test(argument));
// Two files run at a time. If each started a stack without this bundle, both would make it.
if (!namesFiles) await bundleFunctions();
await import('mocha/bin/mocha.js');
