/** Searches every tracked file for secrets, by the form of keys. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { skip } from '../support/skip.js';

const SECRETS: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/]/,
  /"private_key(?:_id)?"\s*:\s*"[^"]{20}/,
  /\bAIza[\w-]{35}\b/, // Google API key
  /\bya29\.[\w-]{20}/, // Google access token
  /\bGOCSPX-[\w-]{20}/, // Google OAuth client secret
  /\bAKIA[A-Z0-9]{16}\b/, // AWS access key
  /\bgh[pousr]_\w{36}/, // GitHub token
  /\bnpm_[A-Za-z0-9]{36}\b/,
  /\bhooks\.slack\.com\/services\/T\w+\/B\w+\/\w{20}/,
  /\bxox[abprs]-[\w-]{10}/, // Slack token
  /\bSG\.[\w-]{22}\.[\w-]{43}\b/, // SendGrid
];
const MAX_BYTES = 2 * 1024 * 1024;

const findSecrets = (text: string) => SECRETS.filter((secret) => secret.test(text)).map(String);

describe('The repository', () => {
  it('contains no secret in any tracked file', function () {
    const { stdout, status } = spawnSync('git', ['ls-files', '-z'], { cwd: fromRoot('.'), encoding: 'utf8' });
    if (status !== 0) skip(this, 'expected a git checkout but found none');
    const files = stdout.split('\0').filter((path) => path !== '');
    expect(files.length).to.be.above(50);

    for (const path of files) {
      const stats = statSync(fromRoot(path), { throwIfNoEntry: false });
      if (!stats?.isFile() || stats.size > MAX_BYTES) continue;
      expect(findSecrets(readFileSync(fromRoot(path), 'latin1')), path).to.deep.equal([]);
    }
  });

  // Joined from parts, so that this file is not a finding.
  const planted = [
    ['-----BEGIN RSA PRIVATE', 'KEY-----\nMIIEpAIBAAKCAQEA'].join(' '),
    ['"private', `key": "${'x'.repeat(40)}"`].join('_'),
    ['AIza', 'a'.repeat(35)].join(''),
    ['hooks.slack.com', 'services/T0001/B0001', 'x'.repeat(24)].join('/'),
    ['ghp', 'a'.repeat(36)].join('_'),
  ];
  for (const secret of planted) {
    it(`is searched for secrets like ${secret.slice(0, 12)}...`, () => {
      expect(findSecrets(`some text ${secret} and more`)).to.have.length(1);
    });
  }
});

describe('The container images', () => {
  it('are made without any file that git ignores: certificates, keys and states of Terraform are among them', () => {
    const linesOf = (file: string) => readFileSync(fromRoot(file), 'utf8').trim().split('\n');
    const leftOut = linesOf('.dockerignore').map((line) => line.replace(/^\*\*\//, ''));

    expect(leftOut).to.include.members(linesOf('.gitignore').map((line) => line.replace(/^\/|\/$/g, '')));
  });
});
