/**
 * The main job under the Firebase emulator suite, as a user starts it. Only `npm run suite:smoke` runs it,
 * since firebase-tools is a large install.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { Storage } from '@google-cloud/storage';
import { sampleImages } from '@hangtag/drawings/sample-images.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { keyOf } from '../fixtures/records.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const PROGRAM = fromRoot('emulators/dist/suite/suite-command.js');
const TICK_PROGRAM = fromRoot('emulators/dist/start/tick-command.js');
/** firebase-tools may have to be downloaded first. */
const START_TIMEOUT_MS = 600_000;
const LABEL_TIMEOUT_MS = 120_000;

/** The output of `npm run tick`. */
function tick(job: string, cwd: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, [TICK_PROGRAM, job], { cwd, encoding: 'utf8' });
  return `${stdout}${stderr}`.trim();
}

describe('npm run suite', function () {
  this.timeout(START_TIMEOUT_MS + LABEL_TIMEOUT_MS);
  const directory = temporaryDirectory();
  let suite: ChildProcess;
  let output = '';

  before(() => {
    suite = spawn(process.execPath, [PROGRAM], { cwd: directory.path, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [suite.stdout, suite.stderr]) stream?.on('data', (chunk) => (output += chunk));
  });
  after(async () => {
    if (suite.exitCode === null) {
      const ended = once(suite, 'exit');
      suite.kill('SIGTERM');
      await ended;
    }
    directory.remove();
  });

  it('labels an uploaded picture, fires a schedule on demand, and stops on Ctrl-C', async () => {
    const stacks = join(directory.path, '.hangtag', 'stacks');
    const announced = () => existsSync(stacks) && readdirSync(stacks).find((name) => name.endsWith('.json'));
    const started = () => announced() || (suite.exitCode !== null && Promise.reject(new Error(output)));
    const file = join(stacks, await until('the suite to start', started, START_TIMEOUT_MS));
    const { bucket, env } = JSON.parse(readFileSync(file, 'utf8'));
    const storage = new Storage({ projectId: env.GCLOUD_PROJECT, apiEndpoint: env.STORAGE_EMULATOR_HOST });
    const [host, port] = env.FIRESTORE_EMULATOR_HOST.split(':');
    const firestore = new Firestore({ projectId: env.GCLOUD_PROJECT, host, port: Number(port), ssl: false });
    for await (const { bytes } of sampleImages({ count: 1, seed: 1 }))
      await storage.bucket(bucket).file('drawing').save(bytes, { resumable: false });

    const { tenant, imageId } = keyOf('drawing', bucket);
    const record = firestore.doc(`tenants/${tenant}/images/${imageId}`);
    const settled = async () => {
      const data = (await record.get()).data();
      return data !== undefined && data['status'] !== 'queued' && data;
    };
    const labelled = await until('the label', settled, LABEL_TIMEOUT_MS);
    const ticks = ['sweep', 'report'].map((job) => [job, tick(job, directory.path)]);
    const swept = (await firestore.doc(`sweeps/${bucket}`).get()).data();
    await firestore.terminate();
    const ended = once(suite, 'exit');
    suite.kill('SIGINT');
    const [code] = await ended;

    expect(labelled['status']).to.be.oneOf(['done', 'review']);
    expect(labelled['category']).to.be.a('string');
    expect(Object.fromEntries(ticks)).to.deep.equal({ sweep: 'sweep: 200 OK', report: 'report: 200 OK' });
    expect(swept).to.include({ status: 'done' });
    expect(code, output).to.equal(0);
  });
});
