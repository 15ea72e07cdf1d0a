/**
 * The main job under the Firebase emulator suite, as a user starts it. Only `npm run suite:smoke` runs it, because firebase-tools
 * is a large install. It is skipped if npx cannot install firebase-tools, or if Java or an emulator is missing.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Firestore } from '@google-cloud/firestore';
import { Storage } from '@google-cloud/storage';
import { sampleImages } from '@hangtag/drawings/sample-images.js';
import { isFree } from '@hangtag/emulators/processes/ports.js';
import { findPrograms } from '@hangtag/emulators/suite/suite.js';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { deleteApp, initializeApp } from 'firebase/app';
import {
  connectAuthEmulator,
  createUserWithEmailAndPassword,
  getAuth,
  signInWithEmailAndPassword,
  signOut,
} from 'firebase/auth';
import { connectStorageEmulator, getStorage, ref, uploadBytes } from 'firebase/storage';
import type { Page } from 'playwright-core';
import { fromRoot } from '../fixtures/paths.js';
import { keyOf } from '../fixtures/records.js';
import { openOrSkip } from '../support/chromium.js';
import { drawing, serveExample, signIn, uploadAndWait } from '../support/example-page.js';
import { codeOf } from '../support/firebase-storage.js';
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
  let stack: {
    readonly bucket: string;
    readonly env: Readonly<Record<string, string>>;
    readonly jobs: Readonly<Record<string, string>>;
  };
  let firestore: Firestore;

  before(async function () {
    await findPrograms(() => undefined).catch((error: unknown) => {
      if (error instanceof UnavailableError) skip(this, error.message);
      throw error;
    });
    suite = spawn(process.execPath, [PROGRAM], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
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
  });

  it('names what it leaves out', () => {
    expect(output).to.include('Storage emulator: left out.');
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

  it('registers the functions for the bucket that the Storage tab of the UI shows', async () => {
    const { origin } = new URL(Object.values(stack.jobs)[0] ?? '');

    const backends = await (await fetch(`${origin}/backends`)).text();

    expect(stack.bucket).to.equal('demo-hangtag.appspot.com');
    expect(backends).to.match(
      /"eventTrigger":{[^}]*"resource":"(projects\/_\/buckets\/)?demo-hangtag\.appspot\.com"/,
    );
  });

  it('decides uploads by the claims of users of the Auth emulator', async () => {
    await makeUser();
    const app = initializeApp({ projectId: 'demo-hangtag', apiKey: 'any', storageBucket: stack.bucket });
    const auth = getAuth(app);
    connectAuthEmulator(auth, `http://${stack.env['FIREBASE_AUTH_EMULATOR_HOST']}`, {
      disableWarnings: true,
    });
    const storage = getStorage(app);
    connectStorageEmulator(
      storage,
      '127.0.0.1',
      Number(new URL(stack.env['STORAGE_EMULATOR_HOST'] ?? '').port),
    );
    const upload = (owner: string) => {
      const metadata = { contentType: 'image/jpeg', customMetadata: { owner } };
      return codeOf(
        uploadBytes(ref(storage, `tenants/default/${owner}/auth.jpg`), new Uint8Array(10), metadata),
      );
    };
    try {
      const { user: ann } = await signInWithEmailAndPassword(auth, 'ann@example.com', 'password');
      const asMember = [await upload(ann.uid), await upload('bob')];
      const { user: bob } = await createUserWithEmailAndPassword(auth, 'bob@example.com', 'password');
      const withoutClaims = await upload(bob.uid);
      await signOut(auth);
      const signedOut = await upload(ann.uid);

      expect(asMember).to.deep.equal(['ok', 'storage/unauthorized']);
      expect([withoutClaims, signedOut]).to.deep.equal(['storage/unauthorized', 'storage/unauthorized']);
    } finally {
      await deleteApp(app);
    }
  });

  it('lets a user of the Auth emulator upload in the sample app and see the label', async function () {
    const browser = await openOrSkip(this);
    const example = await serveExample({
      VITE_BUCKET: stack.bucket,
      VITE_STORAGE: new URL(stack.env['STORAGE_EMULATOR_HOST'] ?? '').host,
      VITE_FIRESTORE: stack.env['FIRESTORE_EMULATOR_HOST'] ?? '',
      VITE_AUTH: stack.env['FIREBASE_AUTH_EMULATOR_HOST'] ?? '',
    });
    try {
      const page = await browser.newPage();
      await signIn(page, example.url);
      const [, status, category] = await uploadAndWait(page, await drawing());

      expect(status).to.be.oneOf(['done', 'review']);
      expect(category).to.be.a('string').and.not.equal('');
    } finally {
      await browser.close();
      await example.close();
    }
  });

  it('shows labels on the hosted page to a user who signs in by an e-mail link', async function () {
    const browser = await openOrSkip(this);
    try {
      await makeUser();
      const page = await browser.newPage({ locale: 'en-GB' });
      await signInByLink(page, 'ann@example.com');

      await page.getByText('ann@example.com (default)').waitFor();
      const labelled = '.tile.done img, .tile.review img';
      await page.locator(labelled).first().waitFor();
      // Rejects if the picture cannot be read.
      await page.evaluate(`document.querySelector('${labelled}').decode()`);
    } finally {
      await browser.close();
    }
  });

  it('names the claim that an account without a tenant lacks on the hosted page', async function () {
    const browser = await openOrSkip(this);
    try {
      const page = await browser.newPage({ locale: 'en-GB' });
      await signInByLink(page, 'nobody@example.com');

      await page.getByText('nobody@example.com has no claim "tenant"').waitFor();
    } finally {
      await browser.close();
    }
  });

  it('runs scheduled jobs by npm run tick', async () => {
    const ticks = ['sweep', 'report'].map((job) => tick(job, directory));

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
    const stacks = join(directory, '.hangtag', 'stacks');
    const names = existsSync(stacks) ? readdirSync(stacks) : [];
    const file = names.find((name) => name.endsWith('.json'));
    return file && join(stacks, file);
  }

  /** Makes ann@example.com with the script of the sample app. */
  async function makeUser(): Promise<void> {
    const program = fromRoot('examples/firebase-web/make-user.mjs');
    await promisify(execFile)(process.execPath, [program], { env: { ...process.env, ...stack.env } });
  }

  async function signInByLink(page: Page, email: string): Promise<void> {
    await page.goto(/page\s+(http:\S+)/.exec(output)?.[1] ?? '');
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByRole('link', { name: 'Sign in by the link' }).click();
    await page.getByRole('button', { name: 'Sign in by the link' }).click();
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
