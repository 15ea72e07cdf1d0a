/**
 * The tarball of @hangtag/functions in an empty Firebase project: `npx hangtag init`, an installation, what a deployment reads,
 * and functions-framework. Only `npm run suite:smoke` runs it, because npm installs 200 packages.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Firestore } from '@google-cloud/firestore';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { npm, serveFunction } from '../support/functions-framework.js';
import { emulator, freshProject } from '../support/shared-emulators.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const LIMIT_MS = 300_000;
const BUCKET = 'my-shop.firebasestorage.app';
const RECORD = 'tenants/default/images/image-1';
const run = promisify(execFile);

describe('The npm package in an empty Firebase project', function () {
  this.timeout(LIMIT_MS);
  const directory = temporaryDirectory();
  const project = join(directory, 'project');
  const codebase = join(project, 'hangtag');
  const stops: (() => Promise<void>)[] = [];
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  /** Runs the unpacked program where no package is installed: it needs none. */
  const init = async () => {
    const program = join(directory, 'package', 'init.js');
    const args = ['init', '--bucket', BUCKET, '--image-labels', 'imageLabels', '--package', tarball, '--yes'];
    return (await run(process.execPath, [program, ...args], { cwd: project })).stdout;
  };
  let tarball = '';

  before(async function () {
    await run(process.execPath, [fromRoot('functions/pack.mjs'), '--out', directory]);
    const { version } = JSON.parse(await readFile(fromRoot('package.json'), 'utf8'));
    tarball = join(directory, `hangtag-functions-${version}.tgz`);
    await run('tar', ['-xzf', tarball, '-C', directory]);
    await mkdir(project);
    await writeFile(join(project, 'firebase.json'), '{}\n');
    await init();
    await npm(['install'], codebase, this);
  });

  it('changes nothing when it is added again', async () => {
    expect(await init()).to.include('nothing to change');
  });

  it('is what a deployment reads: all functions, no parameter, no secret', async () => {
    const output = join(directory, 'functions.yaml');
    const env = { PATH: process.env['PATH'], FUNCTIONS_MANIFEST_OUTPUT_PATH: output, GCLOUD_PROJECT: 'demo' };

    await run(process.execPath, ['node_modules/.bin/firebase-functions', '.'], { cwd: codebase, env });

    // firebase-functions writes JSON, which is YAML.
    const { endpoints, params } = JSON.parse(await readFile(output, 'utf8'));
    const names = [...FUNCTIONS.map(({ name }) => name), 'imageLabels'];
    expect(Object.keys(endpoints)).to.have.members(names.map((name) => `hangtag-${name}`));
    expect(params ?? []).to.deep.equal([]);
    expect(endpoints['hangtag-ingest'].eventTrigger.eventFilters).to.deep.equal({ bucket: BUCKET });
  });

  it('labels a picture with the model of the package', async function () {
    const { host } = await emulator('firestore', this);
    const env = {
      GCLOUD_PROJECT: freshProject('package'),
      FIRESTORE_EMULATOR_HOST: host,
      HANGTAG_API_ACCESS: 'public',
      FUNCTION_SIGNATURE_TYPE: 'http',
    };
    const { url, stop } = await serveFunction('hangtag.api', { cwd: codebase, env });
    stops.push(stop);
    const picture = await readFile(fromRoot('models/fashion-mobilenetv2/golden/01.png'));
    await until('the model', async () => (await fetch(new URL('health', url))).ok, 60_000);

    const answer = await fetch(new URL('predict', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ image: picture.toString('base64') }),
    });

    expect(await answer.json())
      .to.have.property('category')
      .that.is.a('string');
  });

  it('writes the documents of the extension', async function () {
    const { host } = await emulator('firestore', this);
    const projectId = freshProject('package');
    const env = { GCLOUD_PROJECT: projectId, FIRESTORE_EMULATOR_HOST: host };
    const { url, stop } = await serveFunction('hangtag.imageLabels', { cwd: codebase, env });
    stops.push(stop);
    const firestore = new Firestore({ projectId, host, ssl: false });
    stops.push(() => firestore.terminate());
    const labels = [
      { label: 'Shoes', score: 0.9 },
      { label: 'Heels', score: 0.1 },
    ];
    await firestore.doc(RECORD).set({ status: 'done', bucket: BUCKET, name: 'shoe.jpg', labels });

    const answer = await fetch(url, { method: 'POST', ...recordWritten(projectId) });

    expect(answer.status).to.equal(204);
    expect((await firestore.doc('imageLabels/image-1').get()).data()).to.deep.equal({
      file: `gs://${BUCKET}/shoe.jpg`,
      labels: ['Shoes', 'Heels'],
    });
  });
});

/** As Eventarc delivers the change of a document. */
function recordWritten(projectId: string): {
  readonly headers: Record<string, string>;
  readonly body: string;
} {
  const text = (stringValue: string) => ({ stringValue });
  const label = (name: string, score: number) => ({
    mapValue: { fields: { label: text(name), score: { doubleValue: score } } },
  });
  const value = {
    name: `projects/${projectId}/databases/(default)/documents/${RECORD}`,
    createTime: '2026-11-30T00:00:00Z',
    updateTime: '2026-11-30T00:00:00Z',
    fields: {
      status: text('done'),
      bucket: text(BUCKET),
      name: text('shoe.jpg'),
      labels: { arrayValue: { values: [label('Shoes', 0.9), label('Heels', 0.1)] } },
    },
  };
  return {
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'event-1',
      'ce-type': 'google.cloud.firestore.document.v1.written',
      'ce-source': `//firestore.googleapis.com/projects/${projectId}/databases/(default)`,
      'ce-subject': `documents/${RECORD}`,
      'ce-project': projectId,
      'ce-database': '(default)',
      'ce-namespace': '(default)',
      'ce-location': 'us-central1',
      'ce-document': RECORD,
      'ce-datacontenttype': 'application/json',
    },
    body: JSON.stringify({ value }),
  };
}
