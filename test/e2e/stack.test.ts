/**
 * `npm start` on Google's emulators, as a user and a client see it: uploads, listeners, commands, and the end.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Firestore } from '@google-cloud/firestore';
import { type Bucket, Storage } from '@google-cloud/storage';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { recordOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { expect } from 'chai';
import { badFiles } from '../fixtures/bad-files.js';
import { COLOURS_MODEL, fromRoot } from '../fixtures/paths.js';
import { flat } from '../fixtures/pictures.js';
import { keyOf } from '../fixtures/records.js';
import { describeWithEmulators } from '../support/google-emulators.js';
import { hasProgram } from '../support/has-program.js';
import { portBase } from '../support/port-base.js';
import { descendantsOf, livingOf } from '../support/process-state.js';
import { type RunningStack, runStack, startStackProcess } from '../support/running-stack.js';
import { skip } from '../support/skip.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const LIMIT_MS = 60_000;
const PROGRAM = fromRoot('emulators/dist/start/main.js');
const run = promisify(execFile);

await describeWithEmulators("npm start, on Google's emulators", (_emulators) => {
  let stack: RunningStack;
  let firestore: Firestore;
  let bucket: Bucket;
  let red: Buffer;
  let metricsPort: number;

  before(async function () {
    this.timeout(240_000);
    process.env['METADATA_SERVER_DETECTION'] ??= 'none';
    metricsPort = await freePort();
    red = await flat('#d03020', { width: 64, height: 64 }).jpeg().toBuffer();
    stack = await startStackProcess(['--count', '0', '--enforce-indexes'], {
      HANGTAG_MODEL_DIR: COLOURS_MODEL,
      HANGTAG_METRICS_PORT: String(metricsPort),
    });
    const projectId = stack.env['GCLOUD_PROJECT'] ?? '';
    firestore = new Firestore({ projectId, host: stack.env['FIRESTORE_EMULATOR_HOST'] ?? '', ssl: false });
    bucket = new Storage({ projectId, apiEndpoint: stack.env['STORAGE_EMULATOR_HOST'] ?? '' }).bucket(
      stack.bucket,
    );
  });
  after(async () => {
    await firestore?.terminate();
    await stack?.interrupt();
  });

  const put = (name: string, bytes = red, metadata: Record<string, string> = {}) =>
    bucket.file(name).save(bytes, { resumable: false, metadata: { metadata } });

  async function recordNamed(name: string): Promise<ImageRecord | undefined> {
    const { tenant, imageId } = keyOf(name, stack.bucket);
    const document = await firestore.doc(`tenants/${tenant}/${IMAGES}/${imageId}`).get();
    const data = document.data();
    return data && recordOf(data);
  }

  /** The record of an image once the condition is true. */
  function recordWhere(name: string, is: (record: ImageRecord) => boolean): Promise<ImageRecord> {
    const read = async () => {
      const record = await recordNamed(name);
      return record !== undefined && is(record) && record;
    };
    return until(`the awaited record of ${JSON.stringify(name)}`, read, LIMIT_MS);
  }

  const settled = (name: string) => recordWhere(name, ({ status }) => status !== 'queued');

  it('labels valid pictures, and settles all other files with their reasons', async () => {
    const bad = await badFiles();
    const good = ['😀.jpg', 'two\u2028lines.jpg', 'up/../down.jpg', '\u202egpj.exe', 'é'.repeat(500)];
    await Promise.all([...bad.map(({ name, bytes }) => put(name, bytes)), ...good.map((name) => put(name))]);

    for (const { name, status, reason } of bad)
      expect(await settled(name), name).to.include({ status, reason });
    for (const name of good) expect(await settled(name), name).to.include({ category: 'red', present: true });
  }).timeout(2 * LIMIT_MS);

  it('follows the changes of an object, and keeps the metadata of its uploader', async () => {
    const said = { owner: 'desk-7', ref: 'R-1', priority: 'backfill' };
    await put('followed.jpg', red, said);
    const first = await settled('followed.jpg');
    await put('followed.jpg', await flat('#2030d0', { width: 64, height: 64 }).jpeg().toBuffer());
    const second = await recordWhere('followed.jpg', ({ category }) => category === 'blue');
    await bucket.file('followed.jpg').delete();
    const third = await recordWhere('followed.jpg', ({ status }) => status === 'deleted');

    expect(first).to.include({ ...said, category: 'red' });
    expect(BigInt(second.generation) > BigInt(first.generation)).to.equal(true);
    expect(third).to.include({ generation: second.generation, present: false });
  }).timeout(2 * LIMIT_MS);

  it('records an owner and a reference that are set after the upload', async () => {
    await put('owned-later.jpg');
    const before = await settled('owned-later.jpg');

    await bucket.file('owned-later.jpg').setMetadata({ metadata: { owner: 'desk-8', ref: 'R-2' } });
    const after = await recordWhere('owned-later.jpg', ({ owner }) => owner === 'desk-8');

    expect(before).to.include({ owner: null, ref: null });
    const { generation, labeledAt } = before;
    expect(after).to.include({ status: 'done', category: 'red', ref: 'R-2', generation, labeledAt });
  }).timeout(LIMIT_MS);

  it('marks a record as deleted if its object is archived, and not if an overwrite archives a generation', async () => {
    await bucket.setMetadata({ versioning: { enabled: true } });
    try {
      await put('archived.jpg');
      const first = await settled('archived.jpg');
      await put('archived.jpg', await flat('#2030d0', { width: 64, height: 64 }).jpeg().toBuffer());
      const second = await recordWhere('archived.jpg', ({ category }) => category === 'blue');
      await bucket.file('archived.jpg').delete();
      const third = await recordWhere('archived.jpg', ({ status }) => status === 'deleted');

      expect(second).to.include({ status: 'done', present: true });
      expect(third).to.include({ generation: second.generation, present: false });
      // The content is kept: the bucket archived both generations.
      const kept = bucket.file('archived.jpg', { generation: first.generation });
      expect(await kept.exists()).to.deep.equal([true]);
    } finally {
      await bucket.setMetadata({ versioning: { enabled: false } });
    }
  }).timeout(2 * LIMIT_MS);

  it('skips objects whose uploader requests it', async () => {
    await put('private.jpg', red, { skip: 'true' });

    expect(await settled('private.jpg')).to.include({
      status: 'skipped',
      reason: 'skip-requested',
      category: null,
    });
  }).timeout(LIMIT_MS);

  for (const snippet of ['listen.mjs', 'watch.mjs']) {
    it(`sends a client the data that ${snippet} of the README shows`, async () => {
      await put(`seen-by-${snippet}.jpg`);
      // Inside the repository, so that its packages are found.
      const folder = await mkdtemp(fromRoot('test/dist/snippet-'));
      try {
        await writeFile(join(folder, snippet), await readmeSnippet(snippet));
        const printed = await firstPrint(join(folder, snippet), `seen-by-${snippet}.jpg`);
        expect(printed).to.match(/^seen-by-\S+ red/m);
      } finally {
        await rm(folder, { recursive: true });
      }
    }).timeout(LIMIT_MS);
  }

  it('takes files from npm run drop', async () => {
    const [folder, other] = [temporaryDirectory(), temporaryDirectory()];
    await writeFile(join(folder, 'dropped.jpg'), red);
    await writeFile(join(other, 'one more.jpg'), red);

    const { stdout } = await command('drop', folder, join(other, 'one more.jpg'));

    expect(stdout).to.include('Dropped 2 of 2 files');
    for (const name of ['dropped.jpg', 'one more.jpg'])
      expect(await settled(name), name).to.include({ category: 'red' });
  }).timeout(LIMIT_MS);

  it('fires a job with npm run tick, and lists the jobs for an unknown name', async () => {
    const { stdout } = await command('tick', 'sweep');
    const refusal = await command('tick', 'swep').catch((error: unknown) => error);

    expect(stdout).to.match(/^sweep: 20\d/);
    expect(refusal).to.include({ code: 2 });
    expect(refusal).to.have.property('stderr').that.includes('sweep, ').and.includes('report');
  }).timeout(LIMIT_MS);

  it('counts the calls of each process on a port of its own, which no command takes', async () => {
    await put('counted.jpg');
    await settled('counted.jpg');

    for (const name of ['ingest', 'classify']) {
      const host = name === 'ingest' ? 'functions' : name;
      const address = await stack.address(`${host} metrics`);
      const counted = async () => (await (await fetch(address)).text()).includes(`{function="${name}"`);
      await until(`the calls of ${name}`, counted, LIMIT_MS);
      const log = await readFile(join(stack.folder, '.hangtag/data/logs', `${host}.log`), 'utf8');
      expect(log).not.to.include('not-served');
    }
    const sweep = [fromRoot('tools/dist/sweep-command.js'), '--dry-run'];
    const env = { ...process.env, HANGTAG_METRICS_PORT: String(metricsPort) };
    const { stdout } = await run(process.execPath, sweep, { cwd: stack.folder, env });
    expect(stdout).to.include('dry run').and.not.to.include('not-served');
  }).timeout(LIMIT_MS);

  it('creates a tenant, and names another one whose id differs only in capital letters', async () => {
    const create = (id: string) =>
      run(process.execPath, [fromRoot('tools/dist/tenants-command.js'), 'create', id], { cwd: stack.folder });

    const [first, second, third] = [await create('acme'), await create('Acme'), await create('acme-2')];

    expect([first.stdout, third.stdout]).to.deep.equal(['Created acme.\n', 'Created acme-2.\n']);
    expect(second.stdout).to.match(/^Created Acme\.\nNote: acme is another tenant.*\n$/);
  }).timeout(LIMIT_MS);

  it('takes an upload from curl', async function () {
    if (!hasProgram('curl')) skip(this, 'curl is not installed');
    const file = join(stack.folder, 'curled.jpg');
    await writeFile(file, red);
    const url = `${stack.env['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/${stack.bucket}/o?uploadType=media&name=curled.jpg`;

    await run('curl', ['--fail', '--silent', '--data-binary', `@${file}`, url]);

    expect(await settled('curled.jpg')).to.include({ category: 'red' });
  }).timeout(LIMIT_MS);

  it('takes an upload from gcloud storage cp', async function () {
    if (!hasProgram('gcloud')) skip(this, 'gcloud is not installed');
    const file = join(stack.folder, 'copied.jpg');
    await writeFile(file, red);
    const env = {
      ...process.env,
      CLOUDSDK_CONFIG: join(stack.folder, 'gcloud'),
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${stack.env['STORAGE_EMULATOR_HOST']}/`,
      CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    };

    await run('gcloud', ['storage', 'cp', file, `gs://${stack.bucket}/`], { env });

    expect(await settled('copied.jpg')).to.include({ category: 'red' });
  }).timeout(2 * LIMIT_MS);

  it('opens its page on a desktop, and goes on if that fails', async function () {
    this.timeout(3 * LIMIT_MS);
    if (process.platform !== 'linux' || !hasProgram('script'))
      skip(this, 'Expected the program script of util-linux but found none');
    const folder = temporaryDirectory();
    const opened = join(folder, 'opened');
    await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\necho "$@" > ${opened}; exit 1\n`, { mode: 0o755 });
    const away = { CI: undefined, SSH_CONNECTION: undefined, SSH_TTY: undefined };
    const env = { ...process.env, ...away, DISPLAY: ':0', PATH: `${folder}:${process.env['PATH']}` };
    // With exec, Ctrl-C does not reach the shell too: dash would end by it, and its exit status would be seen.
    const command = `exec ${process.execPath} ${PROGRAM} --count 0 --port-base ${portBase()}`;
    const terminal = spawn('script', ['-qefc', command, '/dev/null'], { cwd: folder, env });
    let output = '';
    terminal.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });

    const address = await until(
      'the address',
      () => existsSync(opened) && readFileSync(opened, 'utf8'),
      LIMIT_MS,
    );
    await until('the inbox', () => output.includes('Drop pictures into inbox/'), LIMIT_MS);
    terminal.stdin.write('\u0003');
    const [code] = await once(terminal, 'close');

    expect(code, output).to.equal(0);
    expect(/page\s+(http:\S+)/.exec(output)?.[1]).to.equal(address.trim());
  });

  it('exits with 0 on Ctrl-C, and leaves no process behind', async () => {
    const tree = descendantsOf(stack.pid);
    // Two emulators, two hosts of functions, and the workers of one host.
    expect(tree.length).to.be.at.least(5);

    expect(await stack.interrupt(), stack.output()).to.equal(0);

    expect(livingOf([stack.pid, ...tree])).to.deep.equal([]);
  }).timeout(LIMIT_MS);

  it('stops as by Ctrl-C when the reader of its output ends', async () => {
    const read = await startStackProcess(['--embedded', '--count', '0']);
    try {
      await until('the inbox', () => read.output().includes('Drop pictures into inbox/'), LIMIT_MS);
      const before = read.output();
      read.closeOutput();
      // The stack notices when it writes.
      const address = `${read.env['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/${read.bucket}/o`;
      await fetch(`${address}?uploadType=media&name=a.jpg`, { method: 'POST', body: red });

      expect(await read.ended()).to.equal(0);
      expect(read.output()).to.equal(before);
    } finally {
      await read.kill();
    }
  }).timeout(2 * LIMIT_MS);

  it('has all records again after SIGKILL with kept data', async () => {
    const data = temporaryDirectory();
    const args = ['--count', '3', '--data', data];
    const env = { HANGTAG_MODEL_DIR: COLOURS_MODEL };
    const killed = await startStackProcess(args, env);
    await until('three labels', () => killed.output().includes('Drop pictures into inbox/'), LIMIT_MS);
    const tree = descendantsOf(killed.pid);

    await killed.kill();
    await until('the end of its processes', () => livingOf(tree).length === 0, LIMIT_MS);
    const next = await runStack([...args, '--once', '--json', 'out.json'], env);

    expect(next.code, next.output).to.equal(0);
    expect(next.output).to.include(`The last stack on ${data} did not save its records: comparing`);
    const { summary } = JSON.parse(await readFile(join(next.folder, 'out.json'), 'utf8'));
    expect(summary).to.include({ images: 3, labelled: 3, waiting: 0 });
  }).timeout(4 * LIMIT_MS);

  it('has all records again after an end at which they could not be saved', async () => {
    const data = temporaryDirectory();
    const args = ['--count', '3', '--data', data, '--once', '--json', 'out.json'];
    const env = { HANGTAG_MODEL_DIR: COLOURS_MODEL };
    // A file in the place of the folder of the saved records.
    await writeFile(join(data, '.hangtag-data'), '');
    await writeFile(join(data, 'firestore'), '');
    const unsaved = await runStack(args, env);
    await rm(join(data, 'firestore'));
    const next = await runStack(args, env);

    expect(unsaved.output).to.include(`Expected to save the records in ${data}`);
    expect(next.output).to.include('did not save its records: comparing');
    expect([unsaved.code, next.code], next.output).to.deep.equal([1, 0]);
    const { summary } = JSON.parse(await readFile(join(next.folder, 'out.json'), 'utf8'));
    expect(summary).to.include({ images: 3, labelled: 3, waiting: 0 });
  }).timeout(4 * LIMIT_MS);

  function command(name: 'drop' | 'tick', ...args: string[]) {
    const program = fromRoot(`emulators/dist/start/${name}-command.js`);
    return run(process.execPath, [program, ...args], { cwd: stack.folder });
  }

  /** Runs a program until it prints the text. @returns all its output */
  async function firstPrint(program: string, text: string): Promise<string> {
    const env = { ...process.env, FIRESTORE_EMULATOR_HOST: stack.env['FIRESTORE_EMULATOR_HOST'] };
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => {
        printed += chunk;
      });
    }
    const ended = once(child, 'close');
    try {
      return await until(`${text} in print`, () => printed.includes(text) && printed, LIMIT_MS - 10_000);
    } catch (cause) {
      throw new Error(`Expected ${text} but received ${printed}`, { cause });
    } finally {
      child.kill();
      await ended;
    }
  }
});

/** The block of the README whose first line has the file's name. */
async function readmeSnippet(file: string): Promise<string> {
  const readme = await readFile(fromRoot('README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  const found = blocks.find((code) => code.startsWith(`// ${file}`));
  if (found === undefined) throw new Error(`Expected a block that begins with "// ${file}" in the README`);
  return found;
}
