/** What stops or changes the start of the suite. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describeMissing } from '@hangtag/emulators/google/missing.js';
import { isFree } from '@hangtag/emulators/processes/ports.js';
import { installFirebaseTools } from '@hangtag/emulators/suite/firebase-tools.js';
import { writeSuiteConfig } from '@hangtag/emulators/suite/suite-config.js';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { withEnvironment } from '../../support/environment.js';
import { rejection } from '../../support/rejection.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const AUTH_PORT = 9099;

describe('the start of the suite', () => {
  const directory = temporaryDirectory();

  it('names a port that is taken, and uses another', async () => {
    const other = (await isFree(AUTH_PORT)) ? createServer().listen(AUTH_PORT, '127.0.0.1') : undefined;
    if (other) await once(other, 'listening');
    const lines: string[] = [];

    const ports = await writeSuiteConfig({
      folder: directory,
      ui: 'off',
      say: (line) => void lines.push(line),
    });
    other?.close();

    const written = JSON.parse(await readFile(join(directory, 'firebase.json'), 'utf8'));
    expect(ports.auth).to.not.equal(AUTH_PORT);
    expect(lines).to.include(`Port ${AUTH_PORT} is taken: auth listens on ${ports.auth}.`);
    expect(written.emulators.auth.port).to.equal(ports.auth);
  });

  it('says in one line that the first run needs the npm registry when npx cannot reach it', async () => {
    const variables = {
      npm_config_registry: 'http://127.0.0.1:1/',
      npm_config_cache: join(directory, 'npm'),
      npm_config_fetch_retries: '0',
    };

    const error = await withEnvironment(variables, () =>
      rejection(installFirebaseTools('firebase-tools@14')),
    );

    expect(error).to.be.instanceOf(UnavailableError);
    expect(error)
      .to.have.property('message')
      .that.matches(
        /^Expected firebase-tools@14 from the npm registry but received: .*ECONNREFUSED.*, and type the command again$/,
      );
  });

  it('names the Java that is too old and the command that installs another', () => {
    const found = { kind: 'too-old', command: '/old/bin/java', major: 11 } as const;

    expect(describeMissing([{ what: 'java', found }]))
      .to.include('Java 17 or newer (/old/bin/java is Java 11)')
      .and.to.include('apt-get install');
  });
});
