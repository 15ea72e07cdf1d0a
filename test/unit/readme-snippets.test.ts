import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

describe('listen.mjs of the README', () => {
  for (const address of ['127.0.0.1:1', undefined]) {
    it(`ends with one line if FIRESTORE_EMULATOR_HOST is ${address}`, async () => {
      const [, snippet = ''] =
        /```js\n(\/\/ listen\.mjs[\s\S]*?)```/.exec(await readFile(fromRoot('README.md'), 'utf8')) ?? [];
      // Inside the repository, so that its packages are found.
      const folder = await mkdtemp(fromRoot('test/dist/snippet-'));
      try {
        const program = join(folder, 'listen.mjs');
        await writeFile(program, snippet);

        const { code, stderr } = await run(program, address);

        expect(code, stderr).to.equal(1);
        expect(stderr).to.match(
          /^Expected Firestore's emulator at FIRESTORE_EMULATOR_HOST but found none at \S+\. Type: npm start\n$/,
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});

function run(program: string, address: string | undefined) {
  const { FIRESTORE_EMULATOR_HOST: _, ...env } = process.env;
  const variables = address === undefined ? env : { ...env, FIRESTORE_EMULATOR_HOST: address };
  return new Promise<{ readonly code: unknown; readonly stderr: string }>((resolve) =>
    execFile(process.execPath, [program], { env: variables }, (error, _out, stderr) =>
      resolve({ code: error?.code, stderr }),
    ),
  );
}
