import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ProcessStateReader, processStateOf } from '@hangtag/shared/inference/isolation/process-state.js';
import { expect } from 'chai';

const itOnLinux = process.platform === 'linux' ? it : it.skip;

describe('the state of a process', () => {
  itOnLinux('is read again and again from one open file', () => {
    const reader = new ProcessStateReader(process.pid);

    const before = reader.read();
    const filled = Buffer.alloc(64 * 1024 * 1024, 1);
    const after = reader.read();
    reader.close();

    expect(after?.residentBytes).to.be.greaterThan((before?.residentBytes ?? 0) + filled.length / 2);
    expect(after?.processorMs).to.be.at.least(before?.processorMs ?? 0);
  });

  itOnLinux('is unknown once the process has ended, and after the file was closed', async () => {
    const child = spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' });
    const reader = new ProcessStateReader(child.pid);
    const [isKnown, own] = [reader.read() !== undefined, new ProcessStateReader(process.pid)];
    await once(child, 'exit');
    own.close();

    expect(isKnown).to.equal(true);
    expect(reader.read()).to.equal(undefined);
    expect(processStateOf(child.pid)).to.equal(undefined);
    expect(own.read()).to.equal(undefined);
    reader.close();
  });

  it('is unknown for a process that does not exist', () => {
    expect(processStateOf(undefined)).to.equal(undefined);
  });
});
