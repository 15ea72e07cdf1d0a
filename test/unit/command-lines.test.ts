import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));

interface Ended {
  readonly code: unknown;
  readonly out: string;
  readonly err: string;
}

/** The program of an npm script, without npm and without a build. */
function run(script: string, ...args: string[]): Promise<Ended> {
  const program: string = scripts[script].split(' ').at(-1);
  return new Promise((resolve) =>
    execFile(process.execPath, [program, ...args], { cwd: REPOSITORY }, (error, out, err) =>
      resolve({ code: error === null ? 0 : error.code, out, err }),
    ),
  );
}

describe('The command line', function () {
  this.timeout(60_000);

  for (const script of [
    'start',
    'drop',
    'tick',
    'suite',
    'evaluate',
    'model',
    'learn',
    'report',
    'erase',
    'sweep',
    'replay',
    'api',
    'keys',
    'bench',
  ]) {
    it(`${script} prints its usage, and does nothing else`, async () => {
      const { code, out, err } = await run(script, '--help');
      expect({ code, err }).to.deep.equal({ code: 0, err: '' });
      expect(out).to.include(script === 'start' ? 'npm start' : `npm run ${script}`);
    });
  }

  for (const script of [
    'start',
    'suite',
    'evaluate',
    'model',
    'learn',
    'report',
    'erase',
    'sweep',
    'replay',
    'api',
    'keys',
    'bench',
  ]) {
    it(`${script} rejects an unknown option`, async () => {
      const { code, err } = await run(script, '--colour');
      expect(code, err).to.equal(2);
      expect(err).to.include('--colour').and.not.include('node:internal');
    });
  }
});
