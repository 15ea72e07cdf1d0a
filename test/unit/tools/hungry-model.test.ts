import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@hangtag/shared/inference/model-files.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { copyOfColours } from '../../support/model-folder.js';
import { hungryNetwork } from '../../support/onnx-file.js';
import { skip } from '../../support/skip.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const REFUSAL =
  /^The model in .+ cannot be used: memory: expected at most \d+ bytes of memory to load it but received \d+\n$/;

/** Loading takes seconds if the machine is busy: the system must provide 400 MB. */
describe('a network of 200 bytes that needs 1 GB when it is loaded is refused in one line', function () {
  this.timeout(240_000);

  before(function () {
    if (process.platform !== 'linux') skip(this, 'the size of a process is watched on Linux only');
  });

  function stderrOf(program: string, ...args: string[]): Promise<string> {
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [fromRoot(program), ...args], (_error, _stdout, stderr) =>
        resolve(stderr),
      );
      child.stdin?.end();
    });
  }

  it('by npm run model -- add', async () => {
    const folder = temporaryDirectory();
    await writeFile(join(folder, 'net.onnx'), hungryNetwork());

    const stderr = await stderrOf('tools/dist/model-command.js', 'add', folder, '--labels', 'a,b');

    expect(stderr).to.match(REFUSAL);
  });

  it('by npm run evaluate', async () => {
    const network = hungryNetwork();
    const folder = await copyOfColours((manifest) => {
      const file = { path: 'net.onnx', bytes: network.length, sha256: sha256Hex(network) };
      Object.assign(manifest, { engines: { onnx: file.path }, files: [...Object(manifest['files']), file] });
    });
    await writeFile(join(folder, 'net.onnx'), network);
    const labels = join(folder, 'labels.csv');
    await writeFile(labels, 'file,label\na.png,red\n');

    const stderr = await stderrOf(
      'tools/dist/evaluate-command.js',
      ...['--model', folder, '--images', folder, '--labels', labels],
    );

    expect(stderr).to.match(REFUSAL);
  });
});
