import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** Stands for npm: it takes a moment, leaves what the bootstrap looks for, and heeds NODE_ENV. */
const NPM = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
appendFileSync('installations', 'one ');
const withTools = process.env.NODE_ENV !== 'production' || process.argv.includes('--include=dev');
setTimeout(() => {
  mkdirSync('node_modules/typescript/bin', { recursive: true });
  if (withTools) writeFileSync('node_modules/typescript/bin/tsc', '');
  writeFileSync('node_modules/.package-lock.json', '');
}, 1000);
`;

describe('The first command in a fresh clone', () => {
  let directory: string;
  let folder: string;

  beforeEach(() => {
    directory = temporaryDirectory();
    folder = directory;
    mkdirSync(join(folder, 'emulators'));
    cpSync(fromRoot('emulators/bootstrap.mjs'), join(folder, 'emulators/bootstrap.mjs'));
    for (const [name, content] of Object.entries({
      'npm.js': NPM,
      'script.mjs': "console.log('ran');",
      'package-lock.json': '{}',
    }))
      writeFileSync(join(folder, name), content);
  });

  const start = (env: NodeJS.ProcessEnv = {}) =>
    spawn(process.execPath, ['emulators/bootstrap.mjs', 'script.mjs'], {
      cwd: folder,
      env: { ...process.env, npm_execpath: join(folder, 'npm.js'), ...env },
      stdio: 'ignore',
    });
  const codeOf = async (child: ChildProcess) => (await once(child, 'exit'))[0];
  const installations = () => readFileSync(join(folder, 'installations'), 'utf8');

  it('installs the packages, and a second one beside it waits for them', async () => {
    const codes = [start(), start()].map((child) => codeOf(child));

    expect(await Promise.all(codes)).to.deep.equal([0, 0]);
    expect(installations()).to.equal('one ');
    expect(existsSync(join(folder, '.hangtag/installing'))).to.equal(false);
  });

  it('installs them if a command that had begun to was killed', async () => {
    const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(ended, 'exit');
    mkdirSync(join(folder, '.hangtag'));
    writeFileSync(join(folder, '.hangtag/installing'), String(ended.pid));

    expect(await codeOf(start())).to.equal(0);
    expect(installations()).to.equal('one ');
  });

  it('installs what the build needs with NODE_ENV=production, also if npm left it out before', async () => {
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), '');

    expect(await codeOf(start({ NODE_ENV: 'production' }))).to.equal(0);
    expect(installations()).to.equal('one ');
  });
});
