/**
 * The decisions of storage.rules in the rules runtime of firebase-tools, by the cases of test/contract/firebase-storage.test.ts. Only
 * `npm run suite:smoke` runs it. It is skipped if firebase-tools or the runtime is missing.
 */
import { spawnSync } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownSurroundings } from '@hangtag/emulators/google/surroundings.js';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { PROJECT } from '@hangtag/emulators/start/stack-plan.js';
import { pathWith } from '@hangtag/emulators/suite/firebase-tools.js';
import { findRulesRuntime } from '@hangtag/emulators/suite/parts.js';
import { findPrograms } from '@hangtag/emulators/suite/suite.js';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { skip } from '../support/skip.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const LIMIT_MS = 300_000;

describe('storage.rules in the rules runtime of firebase-tools', function () {
  this.timeout(2 * LIMIT_MS);
  const directory = temporaryDirectory();

  it('make the decisions of the bucket server', async function () {
    const runtime = findRulesRuntime(ownSurroundings());
    if (runtime.kind === 'missing') skip(this, runtime.message);
    const { path, java } = await findPrograms(() => undefined).catch((error: unknown) => {
      if (error instanceof UnavailableError) skip(this, error.message);
      throw error;
    });
    await writeConfig(directory);

    const test = fromRoot('test/dist/contract/firebase-storage.test.js');
    const mocha = [
      process.execPath,
      fromRoot('node_modules/mocha/bin/mocha.js'),
      test,
      '--grep',
      'in the Storage emulator',
    ];
    const script = `cd '${fromRoot('.')}' && ${mocha.map((each) => `'${each}'`).join(' ')}`;
    const args = [path, 'emulators:exec', '--only', 'storage', '--project', PROJECT, script];
    const env = { ...process.env, PATH: pathWith(java, process.env['PATH']) };
    const options = { cwd: directory, env, timeout: LIMIT_MS, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, options);

    expect(status, stdout + stderr).to.equal(0);
    expect(stdout).to.match(/[1-9]\d+ passing/);
  });
});

async function writeConfig(folder: string): Promise<void> {
  const parts = ['storage', 'hub', 'logging'] as const;
  const emulators: Record<string, object> = { ui: { enabled: false } };
  for (const part of parts) emulators[part] = { host: '127.0.0.1', port: await freePort() };
  const config = { storage: { rules: 'storage.rules' }, emulators };
  await copyFile(fromRoot('storage.rules'), join(folder, 'storage.rules'));
  await writeFile(join(folder, 'firebase.json'), JSON.stringify(config));
}
