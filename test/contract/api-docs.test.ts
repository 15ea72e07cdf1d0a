/** Executes the calls of docs/api.md as they are written there, against a server with the model that ships. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { type ApiServer, startApiServer } from '../support/api-server.js';
import { skip } from '../support/skip.js';

const run = promisify(execFile);
const BLOCK = /^```(sh|python)\n(.*?)^```$/gms;
const ADDRESS = 'http://127.0.0.1:8080';
const SHELLS = { sh: ['sh', '-c'], python: ['python3', '-c'] } as const;

const CALLS = [...readFileSync(fromRoot('docs/api.md'), 'utf8').matchAll(BLOCK)].map(
  ([, language, code = '']) => ({ language: language as keyof typeof SHELLS, code }),
);
const ANSWERS = [
  /"category":"Shirts"/,
  /"category":"Shirts"/,
  /^Shirts 0\.\d+/,
  /image_0 Shirts None\nimage_1 None Expected/,
  /"model_name":"fashion-mobilenetv2".*"Shirts"/,
];

describe('docs/api.md', () => {
  let server: ApiServer;
  before(async () => {
    const env = { HANGTAG_MODEL_DIR: fromRoot('models/fashion-mobilenetv2') };
    server = await startApiServer({ env });
  });
  after(() => server.close());

  it('has five calls', () => {
    expect(CALLS).to.have.length(ANSWERS.length);
  });

  for (const [index, { language, code }] of CALLS.entries()) {
    it(`has call ${index + 1}, in ${language}, which works`, async function () {
      const [program, flag] = SHELLS[language];
      if (code.includes('import requests') && !(await hasRequests()))
        skip(this, "expected Python's package requests but found none");

      const { stdout } = await run(program, [flag, code.replaceAll(ADDRESS, server.url)], {
        cwd: fromRoot('.'),
        env: { ...process.env, NO_PROXY: '127.0.0.1' },
      });

      expect(stdout).to.match(ANSWERS[index] ?? /^$/);
    });
  }
});

async function hasRequests(): Promise<boolean> {
  return run('python3', ['-c', 'import requests']).then(
    () => true,
    () => false,
  );
}
