import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withStackEnvironment } from '@hangtag/tools/stack-environment.js';
import { expect } from 'chai';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('The environment of a command', () => {
  const directory = temporaryDirectory();
  after(() => directory.remove());

  const stackFile = (name: string, content: unknown) => {
    const file = join(directory.path, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  const env = { HANGTAG_BUCKET: 'stack' };

  it('points at the local stack that runs, where the caller says nothing else', () => {
    const file = stackFile('running.json', { pid: process.pid, env });

    expect(withStackEnvironment({}, file)).to.deep.equal({ HANGTAG_BUCKET: 'stack' });
    expect(withStackEnvironment({ HANGTAG_BUCKET: 'mine' }, file)).to.deep.equal({ HANGTAG_BUCKET: 'mine' });
  });

  it('is the caller’s own where no stack was started', () => {
    expect(withStackEnvironment({ A: 'b' }, join(directory.path, 'none.json'))).to.deep.equal({ A: 'b' });
  });

  it('is none where the stack is gone: the project of the environment is not what was meant', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);

    expect(() => withStackEnvironment({}, stackFile('gone.json', { pid, env }))).to.throw(/but it is gone/);
  });

  it('says so where the file cannot be read', () => {
    expect(() => withStackEnvironment({}, stackFile('odd.json', 7))).to.throw(/local stack's environment/);
  });
});
