/** `functions/build` as the cloud uses it: copied elsewhere, installed alone, and served by functions-framework's own program. */
import { execFile } from 'node:child_process';
import { cp, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { type BucketServer, startBucketServer } from '@hangtag/emulators/bucket/server.js';
import { EventDelivery } from '@hangtag/emulators/events/event-delivery.js';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { bundleFunctions, ENTRY } from '@hangtag/emulators/start/functions-bundle.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { HEAP_FLAGS } from '@hangtag/functions/platform/heap-flags.js';
import { expect } from 'chai';
import { COLOURS_MODEL, fromRoot } from '../fixtures/paths.js';
import { flat } from '../fixtures/pictures.js';
import { keyOf } from '../fixtures/records.js';
import { withEnvironment } from '../support/environment.js';
import { npm, serveFunction } from '../support/functions-framework.js';
import { emulator, freshProject } from '../support/shared-emulators.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const LIMIT_MS = 300_000;
const BUNDLER = fromRoot('functions/bundle.mjs');
const FRAMEWORK = 'node_modules/@google-cloud/functions-framework/build/src/main.js';
const BUCKET = 'deployed';
const run = promisify(execFile);

describe('The deployed folder', function () {
  this.timeout(LIMIT_MS);
  const directory = temporaryDirectory();
  /** Inside the repository, so that its packages are found before the folder is installed. */
  const bundle = fromRoot(`test/dist/deployed-${process.pid}`);
  const read = (file: string) => readFile(join(bundle, file), 'utf8');
  const readJson = async (file: string) => JSON.parse(await read(file));
  const stops: (() => unknown)[] = [];

  const makeBundle = (env: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, [BUNDLER, '--out', bundle], {
      env: { ...process.env, HANGTAG_MODEL_DIR: COLOURS_MODEL, ...env },
    });

  before(() => makeBundle());
  after(async () => {
    for (const stop of stops.reverse()) await stop();
    await rm(bundle, { recursive: true, force: true });
  });

  it("holds the shipped model and a model of one's own, which its .env names", async () => {
    expect(await read('.env')).to.equal('HANGTAG_MODEL_DIR=models/colours\n');
    expect(await readJson('models/colours/manifest.json')).to.have.property('id', 'colours');
    expect(await readJson('models/fashion-mobilenetv2/manifest.json')).to.have.property('id');
  });

  it('locks every package at the version of the repository, and names no registry', async () => {
    const locked = Object.entries<Locked>((await readJson('package-lock.json')).packages).slice(1);
    const { packages } = JSON.parse(await readFile(fromRoot('package-lock.json'), 'utf8'));

    expect(locked.length).to.be.greaterThan(100);
    for (const [path, { version, integrity, resolved }] of locked) {
      expect({ version, integrity }, path).to.deep.equal({
        version: packages[path].version,
        integrity: packages[path].integrity,
      });
      expect(resolved, path).to.equal(undefined);
    }
  });

  it('keeps its lock file, without npm, if the packages have not changed', async () => {
    const before = await read('package-lock.json');

    await makeBundle({ PATH: '', npm_execpath: '' });

    expect(await read('package-lock.json')).to.equal(before);
  });

  it('is not made again by a stack with another model, so that two stacks can run from it', async () => {
    const madeAt = async () => (await stat(new URL('declarations.cjs', ENTRY))).mtimeMs;
    await bundleFunctions();
    const before = await madeAt();

    await withEnvironment({ HANGTAG_MODEL_DIR: COLOURS_MODEL }, () => bundleFunctions());

    expect(await madeAt()).to.equal(before);
  });

  it('lets no package run an install script', async () => {
    const locked = Object.entries<Locked>((await readJson('package-lock.json')).packages);
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = scripted.map(([path]) => path.replace(/^.*node_modules\//, ''));

    expect(names).to.include('onnxruntime-node');
    expect((await readJson('package.json')).allowScripts).to.deep.equal(
      Object.fromEntries(names.map((name) => [name, false])),
    );
  });

  it('is what a deployment reads, by require(): each function of the table once', async () => {
    const output = join(directory, 'functions.yaml');
    const env = { PATH: process.env['PATH'], FUNCTIONS_MANIFEST_OUTPUT_PATH: output, GCLOUD_PROJECT: 'demo' };

    await run(process.execPath, [fromRoot('node_modules/.bin/firebase-functions'), '.'], {
      cwd: bundle,
      env,
    });

    // firebase-functions writes JSON, which is YAML.
    const { endpoints } = JSON.parse(await readFile(output, 'utf8'));
    expect(Object.keys(endpoints)).to.have.members(FUNCTIONS.map(({ name }) => name));
  });

  const isCompiled = async (cwd: string, flags: readonly string[]) => {
    const program = `
      const { runScript } = await import('./cached-script.mjs');
      console.log(runScript().isCompiled);`;
    const args = [...flags, '--input-type=module', '--eval', program];
    return JSON.parse((await run(process.execPath, args, { cwd })).stdout);
  };

  it("has the compiled code for this Node, without flags and with those of the local stack's processes", async () => {
    for (const flags of [[], ...Object.values(HEAP_FLAGS)])
      expect(await isCompiled(bundle, flags), flags.join(' ')).to.equal(true);
  });

  describe('installed alone', () => {
    const folder = join(directory, 'alone');

    before(async function () {
      await cp(bundle, folder, { recursive: true });
      await npm(['ci', '--ignore-scripts=false'], folder, this);
    });

    it('is compiled by its script `gcp-build`, which Google Cloud runs for each deployment', async function () {
      await rm(join(folder, 'compiled'), { recursive: true });
      expect(await isCompiled(folder, [])).to.equal(false);

      await npm(['run', 'gcp-build'], folder, this);

      expect(await isCompiled(folder, [])).to.equal(true);
    });

    it('labels an upload', async function () {
      const [firestoreAt, pubsubAt] = [await emulator('firestore', this), await emulator('pubsub', this)];
      const projectId = freshProject('deployed');
      const env = {
        ...environmentOf(await read('.env')),
        GCLOUD_PROJECT: projectId,
        HANGTAG_BUCKET: BUCKET,
        FIRESTORE_EMULATOR_HOST: firestoreAt.host,
        PUBSUB_EMULATOR_HOST: pubsubAt.host,
      };
      const bucketPort = await freePort();
      const served = { ...env, STORAGE_EMULATOR_HOST: `http://127.0.0.1:${bucketPort}` };
      const ingestUrl = await serve('ingest', folder, served);
      const classifyUrl = await serve('classify', folder, served);
      await pushMessages(classifyUrl, { projectId, host: pubsubAt.host });
      const events = new EventDelivery({ targets: { finalized: ingestUrl } });
      stops.push(() => events.close());
      const bucket: BucketServer = await startBucketServer({
        dataDir: join(directory, 'bucket'),
        port: bucketPort,
        onEvent: events.deliver,
      });
      stops.push(() => bucket.close());
      const storage = new Storage({ projectId, apiEndpoint: bucket.url });
      const firestore = new Firestore({ projectId, host: firestoreAt.host, ssl: false });
      stops.push(() => firestore.terminate());

      await storage.createBucket(BUCKET);
      const red = await flat('#d03020', { width: 64, height: 64 }).jpeg().toBuffer();
      await storage.bucket(BUCKET).file('red.jpg').save(red, { resumable: false });

      const { tenant, imageId } = keyOf('red.jpg', BUCKET);
      const record = firestore.doc(`tenants/${tenant}/images/${imageId}`);
      const settled = async () => {
        const data = (await record.get()).data();
        return data !== undefined && data['status'] !== 'queued' && data;
      };
      expect(await until('the label', settled, 60_000)).to.include({ category: 'red' });
    });

    it('answers /health and /predict of the HTTP API', async function () {
      const { host } = await emulator('firestore', this);
      const env = {
        GCLOUD_PROJECT: freshProject('api'),
        FIRESTORE_EMULATOR_HOST: host,
        HANGTAG_API_ACCESS: 'public',
        FUNCTION_SIGNATURE_TYPE: 'http',
      };
      const url = await serve('api', folder, { ...environmentOf(await read('.env')), ...env });
      const red = await flat('#d03020', { width: 64, height: 64 }).jpeg().toBuffer();
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(red)]), 'red.jpg');
      const image = JSON.stringify({ image: red.toString('base64') });

      const ready = async () => (await fetch(new URL('health', url))).ok;
      await until('the model', ready, 60_000);
      const ofForm = await fetch(new URL('predict', url), { method: 'POST', body: form });
      const ofJson = await fetch(new URL('predict', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: image,
      });

      expect(await ofForm.json()).to.include({ category: 'red' });
      expect(await ofJson.json()).to.include({ category: 'red' });
    });

    it('answers /predict with 503 as JSON if there are no credentials of Google', async () => {
      const env = {
        ...environmentOf(await read('.env')),
        GCLOUD_PROJECT: 'demo-deployed',
        GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'no-such-file.json'),
        HANGTAG_API_ACCESS: 'public',
        FUNCTION_SIGNATURE_TYPE: 'http',
      };
      const url = await serve('api', folder, env);
      const form = new FormData();
      form.append('file', new Blob(['x']), 'x.jpg');

      const answer = await fetch(new URL('predict', url), { method: 'POST', body: form });

      expect(answer.status).to.equal(503);
      expect(await answer.json()).to.include({ code: 'unavailable' });
    });

    it('acknowledges an event that cannot be read', async () => {
      const folder = join(directory, 'alone');
      const url = await serve('ingest', folder, { GCLOUD_PROJECT: 'demo-deployed' });

      const response = await fetch(url, {
        method: 'POST',
        headers: CLOUD_EVENT,
        body: '{"not": "an object"}',
      });

      expect(response.status).to.equal(204);
    });
  });

  /** @returns the URL */
  async function serve(target: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
    const { url, stop } = await serveFunction(target, { cwd, env, program: join(cwd, FRAMEWORK) });
    stops.push(stop);
    return url;
  }
});

const CLOUD_EVENT = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': 'event-1',
  'ce-type': 'google.cloud.storage.object.v1.finalized',
  'ce-source': `//storage.googleapis.com/projects/_/buckets/${BUCKET}`,
};

interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}

/** As `firebase deploy` reads a file of variables. */
function environmentOf(text: string): NodeJS.ProcessEnv {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => line.split('=', 2)));
}

async function pushMessages(
  url: string,
  { projectId, host }: { readonly projectId: string; readonly host: string },
): Promise<void> {
  const pubsub = new PubSub({ projectId, apiEndpoint: `http://${host}`, emulatorMode: true });
  const [topic] = await pubsub.createTopic('image-uploaded');
  // functions-framework reads the topic from the path of a push request.
  const pushEndpoint = new URL(topic.name, url).href;
  await topic.createSubscription('classify', { pushEndpoint, ackDeadlineSeconds: 60 });
  await pubsub.close();
}
