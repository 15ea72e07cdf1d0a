/**
 * The main job under the Firebase emulator suite, as a user starts it. Only `npm run suite:smoke` runs it, because firebase-tools
 * is a large install. It is skipped if npx cannot install firebase-tools, or if Java or an emulator is missing.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { Storage } from '@google-cloud/storage';
import { sampleImages } from '@hangtag/drawings/sample-images.js';
import { isFree } from '@hangtag/emulators/processes/ports.js';
import { findPrograms } from '@hangtag/emulators/suite/suite.js';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { keyOf } from '../fixtures/records.js';
import { skip } from '../support/skip.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const PROGRAM = fromRoot('emulators/dist/suite/suite-command.js');
const TICK_PROGRAM = fromRoot('emulators/dist/start/tick-command.js');
/** firebase-tools may have to be downloaded first. */
const START_TIMEOUT_MS = 600_000;
const LABEL_TIMEOUT_MS = 120_000;
const PICTURES = 3;

describe('npm run suite', function () {
  this.timeout(START_TIMEOUT_MS);
  const directory = temporaryDirectory();
  let output = '';
  let suite: ChildProcess;
  let stack: { readonly bucket: string; readonly env: Readonly<Record<string, string>> };
  let firestore: Firestore;

  before(async function () {
    await findPrograms(() => undefined).catch((error: unknown) => {
      if (error instanceof UnavailableError) skip(this, error.message);
      throw error;
    });
    suite = spawn(process.execPath, [PROGRAM], { cwd: directory.path, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [suite.stdout, suite.stderr]) stream?.on('data', (chunk) => (output += chunk));
    stack = JSON.parse(
      readFileSync(await until('the suite to start', announcement, START_TIMEOUT_MS), 'utf8'),
    );
    const { GCLOUD_PROJECT: projectId = '', FIRESTORE_EMULATOR_HOST: host = '' } = stack.env;
    firestore = new Firestore({ projectId, host, ssl: false });
  });
  after(async () => {
    await firestore?.terminate();
    if (suite?.exitCode === null) await end('SIGTERM');
    directory.remove();
  });

  it('names what it leaves out', () => {
    expect(output).to.include('Storage emulator: left out.').and.to.include('Hosting: left out.');
  });

  it('labels uploaded pictures', async () => {
    const { GCLOUD_PROJECT: projectId = '', STORAGE_EMULATOR_HOST: apiEndpoint = '' } = stack.env;
    const bucket = new Storage({ projectId, apiEndpoint }).bucket(stack.bucket);
    const names: string[] = [];
    for await (const { bytes } of sampleImages({ count: PICTURES, seed: 1 })) {
      names.push(`drawing-${names.length}`);
      await bucket.file(`drawing-${names.length - 1}`).save(bytes, { resumable: false });
    }

    for (const name of names) {
      const labelled = await until(`the label of ${name}`, () => settledRecord(name), LABEL_TIMEOUT_MS);
      expect(labelled['status'], name).to.be.oneOf(['done', 'review']);
      expect(labelled['category'], name).to.be.a('string');
    }
  });

  it('signs users in with the Auth emulator', async () => {
    const host = stack.env['FIREBASE_AUTH_EMULATOR_HOST'];
    const url = `http://${host}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any`;

    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: '{"returnSecureToken": true}' });

    expect(await response.json())
      .to.have.property('idToken')
      .that.is.a('string');
  });

  it('runs scheduled jobs by npm run tick', async () => {
    const ticks = ['sweep', 'report'].map((job) => tick(job, directory.path));

    expect(ticks).to.deep.equal(['sweep: 200 OK', 'report: 200 OK']);
    expect((await firestore.doc(`sweeps/${stack.bucket}`).get()).data()).to.include({ status: 'done' });
  });

  it('stops on Ctrl-C, with its emulators', async () => {
    expect(await end('SIGINT'), output).to.equal(0);

    const hosts = ['FIRESTORE_EMULATOR_HOST', 'PUBSUB_EMULATOR_HOST', 'FIREBASE_AUTH_EMULATOR_HOST'];
    for (const host of hosts)
      expect(await isFree(Number(stack.env[host]?.split(':')[1])), host).to.equal(true);
  });

  function announcement(): string | undefined {
    if (suite.exitCode !== null) throw new Error(output);
    const stacks = join(directory.path, '.hangtag', 'stacks');
    const names = existsSync(stacks) ? readdirSync(stacks) : [];
    const file = names.find((name) => name.endsWith('.json'));
    return file && join(stacks, file);
  }

  async function settledRecord(name: string) {
    const { tenant, imageId } = keyOf(name, stack.bucket);
    const data = (await firestore.doc(`tenants/${tenant}/images/${imageId}`).get()).data();
    return data?.['status'] === 'queued' ? undefined : data;
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = once(suite, 'exit');
    suite.kill(signal);
    const [code] = await ended;
    return code;
  }
});

/** The output of `npm run tick`. */
function tick(job: string, cwd: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, [TICK_PROGRAM, job], { cwd, encoding: 'utf8' });
  return `${stdout}${stderr}`.trim();
}
