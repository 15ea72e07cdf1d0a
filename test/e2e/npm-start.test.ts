/**
 * `npm start` as a user runs it, embedded and so without Java: options, results, rejected input and the end.
 */
import { readdirSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { expect } from 'chai';
import { badFiles } from '../fixtures/bad-files.js';
import { fromRoot } from '../fixtures/paths.js';
import { flat } from '../fixtures/pictures.js';
import { descendantsOf, livingOf } from '../support/process-state.js';
import { runStack, startStackProcess } from '../support/running-stack.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

/** More than the workers label while the stack stops. */
const BACKLOG = 150;
const DEFAULT_MODEL = fromRoot('models/fashion-mobilenetv2');

describe('npm start, embedded', function () {
  this.timeout(240_000);

  it('labels every drawing correctly and exits with 0', async () => {
    const { code, output, folder } = await runStack([
      '--embedded',
      '--once',
      '--count',
      '20',
      '--json',
      'out.json',
    ]);

    expect(code, output).to.equal(0);
    const { images, summary } = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'));
    expect(images).to.have.length(20);
    expect(images[0]).to.have.all.keys('name', 'status', 'reason', 'category', 'confidence', 'tier', 'ms');
    expect(summary).to.deep.include({ images: 20, labelled: 20, failed: 0, skipped: 0, waiting: 0 });
    expect(summary.accuracy).to.be.at.least(0.9);
  });

  it('settles each file that cannot be labelled with its reason, and labels the others', async () => {
    const photos = temporaryDirectory();
    const bad = (await badFiles()).filter(({ name }) => !name.includes('..'));
    for (const { name, bytes } of bad) await writeFile(join(photos, name), bytes);
    const picture = await flat('#3060c0', { width: 300, height: 400 }).jpeg().toBuffer();
    const fine = ['😀.jpg', 'two\u2028lines.jpg', '\u202egpj.exe', `${'x'.repeat(240)}.jpg`];
    for (const name of fine) await writeFile(join(photos, name), picture);
    await writeFile(join(photos, 'line\nbreak.jpg'), picture);

    const args = ['--embedded', '--once', '--images', photos, '--json', 'out.json'];
    const { code, output, folder } = await runStack(args);

    expect(code, output).to.equal(1);
    const { images } = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'));
    const ends = new Map(images.map((image: { name: string }) => [image.name, image]));
    for (const { name, status, reason } of bad) expect(ends.get(name), name).to.include({ status, reason });
    for (const name of fine) expect(ends.get(name), name).to.have.property('category').that.is.a('string');
    expect(ends.get('line\nbreak.jpg')).to.include({ status: 'failed', reason: 'invalid-name' });
  });

  it('takes files from the inbox and from other clients, and stops on Ctrl-C', async () => {
    const stack = await startStackProcess(['--embedded', '--count', '0']);
    const picture = await flat('#3060c0', { width: 300, height: 400 }).jpeg().toBuffer();
    const storage = new Storage({ projectId: 'demo', apiEndpoint: stack.env['STORAGE_EMULATOR_HOST'] ?? '' });

    await storage.bucket(stack.bucket).file('from/a client.jpg').save(picture, { resumable: false });
    await mkdir(join(stack.folder, 'inbox'), { recursive: true });
    await writeFile(join(stack.folder, 'inbox', 'by hand.jpg'), picture);
    for (const name of ['from/a client.jpg', 'by hand.jpg'])
      await until(`a line with ${name}`, () => stack.output().includes(name));

    expect(await stack.interrupt(), stack.output()).to.equal(0);
  });

  it('keeps records in the data folder, and drops the drawings again only when it was emptied', async () => {
    const data = temporaryDirectory();
    const once = ['--embedded', '--once', '--count', '3', '--data', data];
    const lines = async () => (await readFile(join(data, 'records.jsonl'), 'utf8')).trim().split('\n').length;

    const first = await runStack(once);
    const written = await lines();
    const second = await runStack(once);
    const kept = await lines();
    const third = await runStack([...once, '--fresh']);

    expect([first, second, third].map(({ code }) => code)).to.deep.equal([0, 0, 0]);
    // Two writes for each image. The second run begins with one line for each record that the first one left.
    expect([written, kept, await lines()]).to.deep.equal([3 * 2, 3, 3 * 2]);
    expect(second.output).to.match(/labelled +3/);
  });

  it('starts if every proxy in the environment is unreachable', async () => {
    const dead = 'http://127.0.0.1:9';
    const proxies = { HTTPS_PROXY: dead, https_proxy: dead, HTTP_PROXY: dead, http_proxy: dead };

    const { code, output } = await runStack(['--embedded', '--once', '--count', '1'], {
      ...proxies,
      NO_PROXY: 'localhost',
      no_proxy: '',
    });

    expect(code, output).to.equal(0);
  });

  it('leaves a stack alone that runs in the same folder already', async () => {
    const stack = await startStackProcess(['--embedded', '--count', '1']);
    const storage = new Storage({ projectId: 'demo', apiEndpoint: stack.env['STORAGE_EMULATOR_HOST'] ?? '' });
    const count = async () => (await storage.bucket(stack.bucket).getFiles())[0].length;
    await until('the first picture', async () => (await count()) === 1);

    const second = await runStack(['--embedded', '--once', '--count', '1'], {}, stack.folder);
    const left = [await count(), readdirSync(join(stack.folder, '.hangtag', 'stacks')).length];

    expect(second.code, second.output).to.equal(0);
    expect(left).to.deep.equal([1, 1]);
    expect(await stack.interrupt(), stack.output()).to.equal(0);
  });

  it('leaves the inbox to the first of two stacks in a folder, and says so', async () => {
    const first = await startStackProcess(['--embedded', '--count', '0']);
    await until('the inbox', () => first.output().includes('Drop pictures into inbox/'));

    const second = await startStackProcess(['--embedded', '--count', '0'], {}, { where: first.folder });
    await until('its notice', () => second.output().includes('inbox/ belongs to the stack'));

    const port = new URL(second.env['STORAGE_EMULATOR_HOST'] ?? '').port;
    expect(second.output())
      .to.include(`the stack of process ${first.pid}`)
      .and.include(`npm run drop -- --port-base ${port}`)
      .and.not.include('Drop pictures into inbox/');
    expect([await second.interrupt(), await first.interrupt()]).to.deep.equal([0, 0]);
  });

  it('stops on Ctrl-C without waiting for labels, and labels the rest at the next start', async () => {
    const data = temporaryDirectory();
    const photos = temporaryDirectory();
    const picture = await flat('#3060c0', { width: 300, height: 400 }).jpeg().toBuffer();
    const names = Array.from({ length: BACKLOG }, (_, index) => `${index}.jpg`);
    await Promise.all(names.map((name) => writeFile(join(photos, name), picture)));
    const args = ['--embedded', '--images', photos, '--data', data];
    const stack = await startStackProcess(args);
    await until('the first label', () => /^(done|review) /m.test(stack.output()));

    await stack.interrupt();
    const waiting = Number(/still waiting +(\d+)/.exec(stack.output())?.[1]);
    const next = await runStack([...args, '--once', '--json', 'out.json']);

    expect(waiting, 'images without a label at the end').to.be.greaterThan(0);
    expect(next.code, next.output).to.equal(0);
    const { summary } = JSON.parse(await readFile(join(next.folder, 'out.json'), 'utf8'));
    expect(summary).to.include({ labelled: BACKLOG, waiting: 0 });
  });

  it('has all objects and records again after SIGKILL, and leaves no process behind', async () => {
    const data = temporaryDirectory();
    const args = ['--embedded', '--count', '3', '--data', data];
    const records = () => readFile(join(data, 'records.jsonl'), 'utf8');
    const stack = await startStackProcess(args);
    await until('three labels', () => stack.output().includes('Drop pictures into inbox/'));
    const tree = descendantsOf(stack.pid);

    await stack.kill();
    await until('the end of its workers', () => livingOf(tree).length === 0);
    const next = await runStack([...args, '--once']);

    expect(next.code, next.output).to.equal(0);
    expect(next.output).to.match(/labelled +3/);
    // One line for each record that was kept, and no other: nothing was uploaded or labelled again.
    expect((await records()).trim().split('\n')).to.have.length(3);
  });

  it('rejects a model with one wrong byte and names the file', async () => {
    const model = join(temporaryDirectory(), 'broken');
    await cp(DEFAULT_MODEL, model, { recursive: true });
    const weights = join(model, 'model.int8.onnx');
    const bytes = await readFile(weights);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await writeFile(weights, bytes);

    const data = temporaryDirectory();
    const { code, output } = await runStack(['--embedded', '--once', '--count', '1', '--data', data], {
      HANGTAG_MODEL_DIR: model,
    });

    expect(code).to.equal(1);
    expect(output).to.include('model.int8.onnx').and.to.include('sha256');
    // Otherwise the next stack would compare records that nobody wrote.
    expect(await readdir(data)).not.to.include('.hangtag-lock');
  });

  it('rejects a missing folder and an unknown option', async () => {
    const folder = await runStack(['--embedded', '--once', '--images', 'no-such-folder']);
    const option = await runStack(['--onec']);

    expect(folder).to.include({ code: 2 });
    expect(folder.output).to.include('no-such-folder');
    expect(option).to.include({ code: 2 });
    expect(option.output).to.include('--onec').and.to.include('--once');
  });

  it('names an unknown configuration key', async () => {
    const { code, output } = await runStack(['--embedded', '--once', '--count', '1'], {
      HANGTAG_MAX_BITES: '1',
    });

    expect(code).to.equal(1);
    expect(output).to.include('HANGTAG_MAX_BITES');
  });
});
