/** Runs mocha. A test file may be named as it is written, `test/unit/log.test.ts`: its compiled file is what runs. */
import { bundleFunctions } from '../emulators/dist/start/functions-bundle.js';

process.argv = process.argv.map((argument) =>
  argument.replace(/^(?:.*\/)?test\/(?!dist\/)(.+)\.ts$/, 'test/dist/$1.js'),
);
const namesFiles = process.argv.some((argument) => argument.endsWith('.test.js'));
// Two files run at a time. If each started a stack without this bundle, both would make it.
if (!namesFiles) await bundleFunctions();
await import('mocha/bin/mocha.js');
