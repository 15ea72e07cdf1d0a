import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openerOf, openPage } from '@hangtag/emulators/start/open-page.js';
import { expect } from 'chai';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';

const DESKTOP = { platform: 'linux', env: { DISPLAY: ':0' }, isTerminal: true } as const;

describe('The program that opens the page', () => {
  const directory = temporaryDirectory();

  for (const [where, surroundings, opener] of [
    ['a desktop with X', DESKTOP, 'xdg-open'],
    ['a desktop with Wayland', { ...DESKTOP, env: { WAYLAND_DISPLAY: 'wayland-0' } }, 'xdg-open'],
    ['macOS', { ...DESKTOP, platform: 'darwin', env: {} }, 'open'],
    ['a server', { ...DESKTOP, env: { DISPLAY: '' } }, undefined],
    [
      'a session over SSH',
      { ...DESKTOP, env: { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '::1' } },
      undefined,
    ],
    ['macOS over SSH', { ...DESKTOP, platform: 'darwin', env: { SSH_TTY: '/dev/ttys1' } }, undefined],
    ['CI', { ...DESKTOP, env: { DISPLAY: ':99', CI: 'true' } }, undefined],
    ['a pipe', { ...DESKTOP, isTerminal: false }, undefined],
    ['another system', { ...DESKTOP, platform: 'freebsd' }, undefined],
  ] as const)
    it(`is ${opener ?? 'none'} in ${where}`, () => {
      expect(openerOf(surroundings)).to.equal(opener);
    });

  it('gets the address; one that is missing does no harm', async () => {
    const [program, written] = ['opener', 'written'].map((name) => join(directory, name)) as [string, string];
    writeFileSync(program, `#!/bin/sh\necho "$@" > ${written}\n`, { mode: 0o755 });

    openPage('http://127.0.0.1:1', join(directory, 'no-such-opener'));
    openPage('http://127.0.0.1:2', program);

    const address = await until('the address', () => existsSync(written) && readFileSync(written, 'utf8'));
    expect(address).to.equal('http://127.0.0.1:2\n');
  });
});
