/** Dropping files into the bucket, by the inbox and in one go, against the bucket server. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { type BucketServer, startBucketServer } from '@hangtag/emulators/bucket/server.js';
import { identityOf } from '@hangtag/emulators/processes/process-identity.js';
import { DropQueue } from '@hangtag/emulators/start/drop-queue.js';
import { Inbox } from '@hangtag/emulators/start/inbox.js';
import { type Picture, pictureOf, walk } from '@hangtag/emulators/start/pictures.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { skip } from '../support/skip.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const BUCKET = 'dropped';
const DROP = fromRoot('emulators/dist/start/drop-command.js');
const LIMIT_MS = 20_000;
const LABELS: ReadonlySet<string> = new Set(['Heels']);

/** What may go wrong with a request before it reaches the store, once for each call. */
type Trouble = 'reset-before' | 'reset-after' | 'unavailable';

describe('Dropping files', function () {
  this.timeout(2 * LIMIT_MS);
  let directory: string;
  let server: BucketServer;
  let troubles: Trouble[];
  let uploads: string[];
  let mostAtOnce: number;

  beforeEach(async () => {
    directory = temporaryDirectory();
    troubles = [];
    uploads = [];
    mostAtOnce = 0;
    let atOnce = 0;
    server = await startBucketServer({
      dataDir: join(directory, 'bucket'),
      onEvent: async ({ resource }) => void uploads.push(String(resource.name)),
      hooks: {
        beforeRequest: async (request, response) => {
          if (request.method !== 'POST') return false;
          atOnce += 1;
          mostAtOnce = Math.max(mostAtOnce, atOnce);
          response.once('close', () => {
            atOnce -= 1;
          });
          const trouble = troubles.shift();
          if (trouble === 'reset-before') request.socket.destroy();
          if (trouble === 'unavailable') response.writeHead(503).end();
          // The bucket takes the object and its answer is lost.
          if (trouble === 'reset-after') response.end = (() => request.socket.destroy()) as never;
          return trouble === 'reset-before' || trouble === 'unavailable';
        },
      },
    });
    await bucket().storage.createBucket(BUCKET);
  });
  afterEach(async () => {
    await server.close();
  });

  const stack = () => ({ bucket: BUCKET, env: { STORAGE_EMULATOR_HOST: server.url } });
  const bucket = () => new Storage({ apiEndpoint: server.url, projectId: 'p' }).bucket(BUCKET);

  function openQueue() {
    const refusals = new Map<string, string>();
    const present: string[] = [];
    const queue = new DropQueue(stack(), {
      dropping: () => undefined,
      present: ({ name }) => present.push(name),
      refused: ({ name }, { reason, detail }) => refusals.set(name, `${reason}: ${detail}`),
    });
    return { queue, refusals, present };
  }

  async function objects(): Promise<Record<string, string>> {
    const [files] = await bucket().getFiles();
    const contents = files.map(async (file) => [file.name, String((await file.download())[0])] as const);
    return Object.fromEntries(await Promise.all(contents));
  }

  const picture = (name: string, content = name): Picture => ({
    name,
    open: async () => Buffer.from(content),
  });
  async function* each(...pictures: Picture[]) {
    yield* pictures;
  }

  it('uploads a limited number at the same time, from all sources together', async () => {
    const { queue } = openQueue();
    const all = Array.from({ length: 60 }, (_, index) => picture(`${index}.jpg`));

    await Promise.all([
      queue.dropAll(each(...all.slice(0, 30)), 'replace'),
      ...all.slice(30).map((one) => queue.drop(one, 'keep')),
    ]);

    expect(Object.keys(await objects())).to.have.length(60);
    expect(mostAtOnce).to.be.within(2, 8);
  });

  for (const trouble of ['reset-before', 'reset-after', 'unavailable'] as const) {
    it(`uploads a file once although the answer was ${trouble}`, async () => {
      const { queue, refusals } = openQueue();
      troubles = [trouble];

      const outcome = await queue.drop(picture('a.jpg'), 'replace');

      expect({ outcome, refusals: refusals.size }).to.deep.equal({ outcome: 'uploaded', refusals: 0 });
      expect(await objects()).to.deep.equal({ 'a.jpg': 'a.jpg' });
      await until('the event', () => uploads.length > 0 && true, LIMIT_MS);
      expect(uploads).to.deep.equal(['a.jpg']);
    });
  }

  it('replaces what the bucket has, or keeps it if the content is equal', async () => {
    const { queue, present } = openQueue();
    const large = 'x'.repeat(3 * 1024 * 1024);
    await queue.drop(picture('a.jpg', 'old'), 'replace');
    await queue.drop(picture('large.jpg', large), 'replace');

    const outcomes = [
      await queue.drop(picture('a.jpg', 'new'), 'replace'),
      await queue.drop(picture('a.jpg', 'new'), 'keep'),
      await queue.drop(picture('a.jpg', 'newer'), 'keep'),
      await queue.drop(picture('a.jpg', 'newer'), 'replace'),
      await queue.drop(picture('large.jpg', large), 'keep'),
      await queue.drop(picture('large.jpg', `${large}y`), 'replace'),
    ];

    expect(outcomes).to.deep.equal(['uploaded', 'present', 'uploaded', 'uploaded', 'present', 'uploaded']);
    expect(present).to.deep.equal(['a.jpg', 'large.jpg']);
    expect(await objects()).to.deep.equal({ 'a.jpg': 'newer', 'large.jpg': `${large}y` });
  });

  it('closes a large file that replaces another one', async function () {
    if (!existsSync('/proc/self/fd')) skip(this, 'this system does not list open files');
    const { queue } = openQueue();
    const file = join(directory, 'large.jpg');
    writeFileSync(file, Buffer.alloc(8 * 1024 * 1024));
    const large = pictureOf(file, { folder: directory, labels: LABELS });
    await queue.drop(picture('large.jpg', 'old'), 'replace');

    expect(await queue.drop(large, 'replace')).to.equal('uploaded');

    await until('the end of its reading', () => !openFiles().includes(file), LIMIT_MS);
  });

  it('goes on after a file that cannot be opened, and names it', async () => {
    const { queue, refusals } = openQueue();
    const missing = pictureOf(join(directory, 'no-such.jpg'), {
      folder: directory,
      labels: LABELS,
    });

    await queue.dropAll(each(picture('a.jpg'), missing, picture('b.jpg'), picture('c\nd.jpg')), 'replace');

    expect(Object.keys(await objects())).to.deep.equal(['a.jpg', 'b.jpg']);
    expect(Object.fromEntries(refusals)).to.deep.equal({
      'no-such.jpg': 'unreadable: no such file or folder',
      'c\nd.jpg': 'invalid-name: Cloud Storage does not accept this name',
    });
  });

  it('is a wrong use of npm run drop if its folders hold no file', () => {
    const stacks = join(directory, '.hangtag', 'stacks');
    for (const folder of [join(directory, 'empty'), stacks]) mkdirSync(folder, { recursive: true });
    const [owner, { port, url }] = [identityOf(process.pid), server];
    const stack = {
      owner,
      port,
      mode: 'emulators',
      bucket: BUCKET,
      env: { STORAGE_EMULATOR_HOST: url },
      jobs: {},
    };
    writeFileSync(join(stacks, `${port}.json`), JSON.stringify(stack));

    const { status, stderr } = spawnSync(process.execPath, [DROP, 'empty'], {
      cwd: directory,
      encoding: 'utf8',
      timeout: LIMIT_MS,
    });

    expect({ status, stderr }).to.deep.equal({
      status: 2,
      stderr: 'Expected files in empty but found none. Type: npm run drop -- --help\n',
    });
  });

  it('uploads nothing more once it is stopped', async () => {
    const { queue } = openQueue();
    queue.stop();

    expect(await queue.drop(picture('a.jpg'), 'replace')).to.equal('stopped');
    expect(await objects()).to.deep.equal({});
  });

  it('finds the files of a folder and says what it leaves out', async () => {
    const folder = strangeFolder(join(directory, 'strange'));
    const found: string[] = [];
    const leftOut: Record<string, string> = {};

    for await (const one of walk(folder)) {
      const path = one.path.slice(folder.length + 1);
      if (one.kind === 'file') found.push(path);
      else leftOut[path] = one.why;
    }

    expect(found).to.deep.equal(['Heels/1.jpg', 'plain.jpg', 'two\nlines.jpg', 'é😀.jpg']);
    expect(leftOut).to.deep.equal({
      '.hidden': 'hidden',
      'a.part': 'unfinished',
      'b.tmp': 'unfinished',
      'backup~': 'unfinished',
      'caf\\xE9.jpg': 'name-not-utf8',
      link: 'link',
      parent: 'link',
      pipe: 'special',
      'pipe\nof\u001b[2J': 'special',
    });
  });

  describe('into the inbox', () => {
    let inbox: Inbox | undefined;
    const said: string[] = [];

    afterEach(async () => {
      await inbox?.stop();
      said.length = 0;
    });

    async function openInbox() {
      const opened = openQueue();
      const folder = join(directory, 'inbox');
      inbox = new Inbox({ folder, labels: LABELS, queue: opened.queue, say: (line) => said.push(line) });
      await inbox.start();
      return { ...opened, folder };
    }

    const untilStored = (count: number) =>
      until(`${count} objects`, async () => Object.keys(await objects()).length === count, LIMIT_MS);

    it('uploads every file or names it, and follows no link out of the folder', async () => {
      const { folder, refusals } = await openInbox();

      strangeFolder(join(folder, 'strange'));
      await untilStored(3);
      await until('the names of what is left out', () => said.length === 5, LIMIT_MS);

      expect(Object.keys(await objects())).to.deep.equal([
        'strange/Heels/1.jpg',
        'strange/plain.jpg',
        'strange/é😀.jpg',
      ]);
      expect([...refusals]).to.deep.equal([
        ['strange/two\nlines.jpg', 'invalid-name: Cloud Storage does not accept this name'],
      ]);
      expect(said.join('')).to.include('pipe\\u{a}of\\u{1b}[2J').and.not.include('\n');
      expect(said.join('\n'))
        .to.include('caf\\xE9.jpg')
        .and.include('pipe')
        .and.include('parent')
        .and.include('a.part');
    });

    it('names a file that cannot be reached, and uploads the others', async () => {
      const { folder } = await openInbox();
      // Of a path that the system does not accept. A folder that can be listed and not entered has the same effect, but not for root.
      const deep = join(folder, ...Array.from({ length: 16 }, () => 'd'.repeat(240)));
      mkdirSync(deep, { recursive: true });
      const inDeep = { cwd: deep };
      execFileSync('touch', ['f'.repeat(250)], inDeep);
      try {
        writeFileSync(join(folder, 'z.jpg'), 'z');
        await untilStored(1);
        await until('the name of the file', () => said.length === 1, LIMIT_MS);

        expect(said[0]).to.match(
          /^Left out, in a folder that cannot be entered, or with too long a path: .*fff$/,
        );
      } finally {
        execFileSync('rm', ['f'.repeat(250)], inDeep);
      }
    });

    it('uploads again what the bucket did not accept, and reports it once', async () => {
      const { folder } = await openInbox();
      troubles = Array.from({ length: 7 }, () => 'unavailable' as const);

      writeFileSync(join(folder, 'a.jpg'), 'a');
      await untilStored(1);

      expect(said).to.have.length(1);
      expect(said[0]).to.include('Trying again');
    });

    it('has all of a file in the end that is written slowly', async () => {
      const { folder } = await openInbox();
      const file = join(folder, 'slow.jpg');

      for (const part of ['one ', 'two ', 'three']) {
        appendFileSync(file, part);
        await until('the next part', after(400), LIMIT_MS);
      }

      await until('the whole file', async () => (await objects())['slow.jpg'] === 'one two three', LIMIT_MS);
    });

    it('takes a file that was renamed into place, and one that was written again', async () => {
      const { folder } = await openInbox();
      const file = join(folder, 'a.jpg');
      writeFileSync(`${file}.tmp`, 'first');
      renameSync(`${file}.tmp`, file);
      await untilStored(1);

      writeFileSync(file, 'second');
      await until('the second content', async () => (await objects())['a.jpg'] === 'second', LIMIT_MS);

      expect(Object.keys(await objects())).to.deep.equal(['a.jpg']);
    });

    it('uploads a file again only if the bucket has other content', async () => {
      const { queue } = openQueue();
      await queue.drop(picture('a.jpg'), 'replace');
      const { folder, present } = await openInbox();

      writeFileSync(join(folder, 'a.jpg'), 'a.jpg');
      await until('the look at the bucket', () => present.length === 1, LIMIT_MS);

      expect(uploads).to.deep.equal(['a.jpg']);
    });

    it('says how many files wait when it is stopped', async () => {
      mkdirSync(join(directory, 'inbox'));
      for (const name of ['a', 'b', 'c']) writeFileSync(join(directory, 'inbox', name), name);
      await openInbox();

      expect(await inbox?.stop()).to.equal(3);
    });
  });
});

/** One of everything that a folder can hold. */
function strangeFolder(folder: string): string {
  mkdirSync(join(folder, 'Heels'), { recursive: true });
  for (const name of [
    'plain.jpg',
    'é😀.jpg',
    'two\nlines.jpg',
    'Heels/1.jpg',
    '.hidden',
    'a.part',
    'b.tmp',
    'backup~',
  ])
    writeFileSync(join(folder, name), name);
  writeFileSync(
    Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.jpg')]),
    'latin',
  );
  symlinkSync(join(folder, 'plain.jpg'), join(folder, 'link'));
  symlinkSync(join(folder, '..'), join(folder, 'parent'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  execFileSync('mkfifo', [join(folder, 'pipe\nof\u001b[2J')]);
  return folder;
}

function openFiles(): readonly string[] {
  const links = readdirSync('/proc/self/fd').map((name) => `/proc/self/fd/${name}`);
  // The descriptor with which the list is read is closed again.
  return links.map((link) => (existsSync(link) ? readlinkSync(link) : ''));
}

function after(ms: number): () => boolean {
  const end = performance.now() + ms;
  return () => performance.now() >= end;
}
