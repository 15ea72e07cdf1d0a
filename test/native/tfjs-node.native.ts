/** TensorFlow.js on the native library. Only `npm run test:tfjs-node` runs it, which finds the library. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTfjs } from '@hangtag/shared/inference/tfjs-backend.js';
import { expect } from 'chai';
import { descendantsOf } from '../support/process-state.js';
import { runStack, startStackProcess } from '../support/running-stack.js';
import { skip } from '../support/skip.js';
import { until } from '../support/until.js';

const ENGINE = { HANGTAG_ENGINE: 'tfjs' };
const LIBRARY = 'tfjs_binding.node';

describe('TensorFlow.js on the native library', function () {
  this.timeout(180_000);

  it('starts: WebAssembly does not replace it', async () => {
    expect(await startTfjs()).to.equal('tensorflow');
  });

  it('labels every drawing of npm start', async () => {
    const args = ['--embedded', '--once', '--count', '20', '--json', 'out.json'];

    const { code, output, folder } = await runStack(args, ENGINE);

    expect(code, output).to.equal(0);
    const { summary } = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'));
    expect(summary).to.deep.include({ images: 20, labelled: 20, failed: 0 });
    expect(summary.accuracy).to.be.at.least(0.9);
  });

  it('is what the workers of npm start have loaded', async function () {
    if (process.platform !== 'linux') skip(this, 'the libraries of a process can be listed on Linux only');
    const stack = await startStackProcess(['--embedded', '--count', '1'], ENGINE);
    const hasLibrary = (pid: number) => readFileSync(`/proc/${pid}/maps`, 'utf8').includes(LIBRARY);

    try {
      await until('a process with the native library', () =>
        [stack.pid, ...descendantsOf(stack.pid)].some(hasLibrary),
      );
    } finally {
      expect(await stack.interrupt(), stack.output()).to.equal(0);
    }
  });
});
