/** Runs mocha. A test file may be named as it is written, `test/unit/log.test.ts`: its compiled file is what runs. */
process.argv = process.argv.map((argument) =>
  argument.replace(/^(?:.*\/)?test\/(?!dist\/)(.+)\.ts$/, 'test/dist/$1.js'),
);
await import('mocha/bin/mocha.js');
