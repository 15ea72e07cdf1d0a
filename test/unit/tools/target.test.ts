import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf } from '@hangtag/emulators/processes/process-identity.js';
import { runningStack } from '@hangtag/emulators/start/stack-file.js';
import { UnavailableError, UsageError } from '@hangtag/shared/errors.js';
import { targetEnvironment } from '@hangtag/tools/target.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const NOWHERE = { project: undefined, 'port-base': undefined };
const ALL_EMULATORS = {
  STORAGE_EMULATOR_HOST: 'http://127.0.0.1:8700',
  FIRESTORE_EMULATOR_HOST: '127.0.0.1:8701',
  PUBSUB_EMULATOR_HOST: '127.0.0.1:8702',
};

describe('The target of a tool', () => {
  const directory = temporaryDirectory();
  const folder = join(directory, '.hangtag', 'stacks');
  const before = process.cwd();

  beforeEach(() => {
    mkdirSync(folder, { recursive: true });
    process.chdir(directory);
  });
  afterEach(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });

  function announce(
    port: number,
    { env = ALL_EMULATORS, owner = identityOf(process.pid) }: { env?: object; owner?: object } = {},
  ) {
    const stack = { owner, port, mode: 'emulators', bucket: 'b', env, jobs: {} };
    writeFileSync(join(folder, `${port}.json`), JSON.stringify(stack));
  }

  it('is the running stack, for any other variables of the environment', async () => {
    announce(8700, { env: { ...ALL_EMULATORS, GOOGLE_CLOUD_PROJECT: 'demo' } });

    const added = await targetEnvironment(NOWHERE, { GOOGLE_CLOUD_PROJECT: 'production' });

    expect(added).to.deep.equal({ ...ALL_EMULATORS, GOOGLE_CLOUD_PROJECT: 'demo' });
  });

  for (const env of [
    {},
    { GOOGLE_CLOUD_PROJECT: 'production' },
    { FIRESTORE_EMULATOR_HOST: '127.0.0.1:1' },
  ]) {
    it(`is never Google Cloud if no stack runs and the environment has ${JSON.stringify(env)}`, async () => {
      const error = await rejection(targetEnvironment(NOWHERE, env));

      expect(error).to.be.instanceOf(UnavailableError);
      expect(error).to.have.property('message').that.includes('npm start');
    });
  }

  it('is never Google Cloud after its stack has ended', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    announce(8700, { owner: { pid } });

    expect(await rejection(targetEnvironment(NOWHERE, {}))).to.be.instanceOf(UnavailableError);
  });

  it('is Google Cloud with --project alone', async () => {
    announce(8700);

    expect(
      await targetEnvironment({ ...NOWHERE, project: 'p' }, { GOOGLE_CLOUD_PROJECT: 'other' }),
    ).to.deep.equal({
      GOOGLE_CLOUD_PROJECT: 'p',
      GCLOUD_PROJECT: 'p',
    });
    for (const [target, env] of [
      [{ project: 'p', 'port-base': 8700 }, {}],
      [{ ...NOWHERE, project: 'p' }, { FIRESTORE_EMULATOR_HOST: '127.0.0.1:1' }],
    ] as const)
      expect(await rejection(targetEnvironment(target, env))).to.be.instanceOf(UsageError);
  });

  it('is the emulators of the environment if it names all of them', async () => {
    expect(await targetEnvironment(NOWHERE, ALL_EMULATORS)).to.deep.equal({});
  });

  it('has to be chosen if two stacks run', async () => {
    announce(8700);
    announce(8705, { env: { ...ALL_EMULATORS, HANGTAG_BUCKET: 'second' } });

    const error = await rejection(targetEnvironment(NOWHERE, {}));
    const chosen = await targetEnvironment({ ...NOWHERE, 'port-base': 8705 }, ALL_EMULATORS);

    expect(error).to.have.property('message').that.includes('--port-base 8700 or --port-base 8705');
    expect(chosen).to.include({ HANGTAG_BUCKET: 'second' });
    expect(await rejection(runningStack(8701))).to.be.instanceOf(UnavailableError);
  });

  it('is not an embedded stack, whose records no other process can reach', async () => {
    announce(8700, { env: { STORAGE_EMULATOR_HOST: 'http://127.0.0.1:8700' } });

    expect(await rejection(targetEnvironment(NOWHERE, {})))
      .to.have.property('message')
      .that.includes('--embedded');
  });

  it('is an error if the file of a stack cannot be read', async () => {
    writeFileSync(join(folder, '8700.json'), '7');

    expect(await rejection(targetEnvironment(NOWHERE, {})))
      .to.have.property('message')
      .that.includes('8700.json');
  });
});
