/** The contract of every object store, in memory or in a bucket. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Storage } from '@google-cloud/storage';
import { startBucketServer } from '@hangtag/emulators/bucket/server.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { compareGenerations, type Generation } from '@hangtag/shared/domain/generation.js';
import { ImageError, TransientError } from '@hangtag/shared/errors.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import {
  type ListRequest,
  NoSuchBucket,
  type ObjectStore,
  type WriteRequest,
} from '@hangtag/shared/ports/object-store.js';
import { expect } from 'chai';
import { HOSTILE_NAMES } from '../fixtures/hostile-names.js';
import { BUCKET, generation } from '../fixtures/records.js';
import { rejection } from '../support/rejection.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

interface Opened {
  readonly store: ObjectStore;
  readonly close?: () => Promise<void>;
}

async function openBucket(): Promise<Opened> {
  const dataDir = temporaryDirectory();
  const server = await startBucketServer({ dataDir });
  const storage = storageClient({ apiEndpoint: server.url, projectId: 'demo-contract' });
  await storage.createBucket(BUCKET);
  await storage.createBucket(VERSIONED, { versioning: { enabled: true } });
  const close = async () => {
    await server.close();
  };
  return { store: new GcsObjectStore(storage), close };
}

const STORES: Record<string, () => Promise<Opened>> = {
  'in memory': async () => ({ store: new MemoryObjectStore(systemClock, [BUCKET]) }),
  'in a bucket': openBucket,
};

const VERSIONED = 'versioned';
const MAX_BYTES = 1000;
const BYTES = Uint8Array.of(1, 2, 3);

for (const [place, open] of Object.entries(STORES)) {
  describe(`An object store ${place}`, () => {
    let opened: Opened;
    let store: ObjectStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened?.close?.());

    const tryPut = (name: string, bytes: Uint8Array = BYTES, request?: WriteRequest) =>
      store.write({ bucket: BUCKET, name, bytes }, request);
    const put = async (name: string, bytes?: Uint8Array, request?: WriteRequest): Promise<Generation> => {
      const written = await tryPut(name, bytes, request);
      if (written === undefined) throw new Error(`Expected ${name} to be written`);
      return written;
    };
    const read = async (name: string, version: Generation, maxBytes = MAX_BYTES) =>
      store.read({ bucket: BUCKET, name, generation: version }, maxBytes);
    const list = async (request: Parameters<ObjectStore['list']>[1]) =>
      (await store.list(BUCKET, request)).objects.map(({ name }) => name);

    it('returns the bytes of a generation', async () => {
      const version = await put('a.jpg');
      expect(Uint8Array.from((await read('a.jpg', version)) ?? [])).to.deep.equal(BYTES);
    });

    it('returns no bytes of an empty object', async () => {
      const version = await put('empty.jpg', new Uint8Array());
      expect(await read('empty.jpg', version)).to.have.length(0);
    });

    it('keeps a copy of the bytes that were written', async () => {
      const buffer = Uint8Array.from(BYTES);
      const version = await put('a.jpg', buffer);
      buffer.fill(9);
      expect(Uint8Array.from((await read('a.jpg', version)) ?? [])).to.deep.equal(BYTES);
    });

    it('returns nothing of a generation that was overwritten, removed or never written', async () => {
      const first = await put('a.jpg');
      const second = await put('a.jpg');
      expect(await read('a.jpg', first)).to.equal(undefined);

      await store.remove({ bucket: BUCKET, name: 'a.jpg', generation: second });
      expect(await read('a.jpg', second)).to.equal(undefined);
      expect(await read('b.jpg', second)).to.equal(undefined);
    });

    it('returns bytes up to the limit, and refuses one more', async () => {
      const version = await put('a.jpg', new Uint8Array(MAX_BYTES));
      expect(await read('a.jpg', version, MAX_BYTES)).to.have.length(MAX_BYTES);

      const error = await rejection(read('a.jpg', version, MAX_BYTES - 1));

      expect(error).to.be.instanceOf(ImageError).and.to.include({ code: 'too-many-bytes' });
    });

    it('reads nothing once its signal has fired, and fails as transient', async () => {
      const version = { bucket: BUCKET, name: 'a.jpg', generation: await put('a.jpg') };

      const error = await rejection(store.read(version, MAX_BYTES, AbortSignal.abort()));

      expect(error).to.be.instanceOf(TransientError);
    });

    it('returns the facts of an object', async () => {
      const before = Date.now();
      const metadata = { owner: 'desk-7', emoji: '\u{1F45C}' };
      // Not the type that the name suggests.
      const version = await put('a.jpg', BYTES, { contentType: 'image/webp', metadata });

      const { uploadedAt, ...facts } = (await store.stat(BUCKET, 'a.jpg')) ?? {};

      expect(facts).to.deep.equal({
        bucket: BUCKET,
        name: 'a.jpg',
        generation: version,
        size: 3,
        contentType: 'image/webp',
        md5Hash: createHash('md5').update(BYTES).digest('base64'),
        metadata,
      });
      expect(uploadedAt).to.be.within(before - 1, Date.now() + 1);
    });

    it('returns nothing of an object that does not exist', async () => {
      expect(await store.stat(BUCKET, 'nothing.jpg')).to.equal(undefined);
    });

    it('gives every write a newer generation, also after a removal', async () => {
      const first = await put('a.jpg');
      const second = await put('a.jpg');
      await store.remove({ bucket: BUCKET, name: 'a.jpg', generation: second });
      const third = await put('a.jpg');

      expect(compareGenerations(first, second)).to.be.below(0);
      expect(compareGenerations(second, third)).to.be.below(0);
    });

    it('overwrites only the generation of the precondition', async () => {
      const none = generation(0);
      const first = await put('a.jpg', BYTES, { ifGeneration: none });
      expect(await tryPut('a.jpg', BYTES, { ifGeneration: none }), 'where there is one').to.equal(undefined);
      const second = await put('a.jpg', BYTES, { ifGeneration: first });

      expect(await tryPut('a.jpg', BYTES, { ifGeneration: first }), 'over an older one').to.equal(undefined);

      expect((await store.stat(BUCKET, 'a.jpg'))?.generation).to.equal(second);
    });

    it('lets one of many concurrent first writers win', async () => {
      const writes = [1, 2, 3].map((byte) =>
        tryPut('race.jpg', Uint8Array.of(byte), { ifGeneration: generation(0) }),
      );
      expect((await Promise.all(writes)).filter((version) => version !== undefined)).to.have.length(1);
    });

    it('removes only the given generation, and may be called twice', async () => {
      const first = await put('a.jpg');
      const second = await put('a.jpg');
      await store.remove({ bucket: BUCKET, name: 'a.jpg', generation: first });
      expect((await store.stat(BUCKET, 'a.jpg'))?.generation).to.equal(second);

      const version = { bucket: BUCKET, name: 'a.jpg', generation: second };
      await store.remove(version);
      await store.remove(version);
      expect(await store.stat(BUCKET, 'a.jpg')).to.equal(undefined);
    });

    it('accepts every hostile name that Cloud Storage allows, unchanged', async () => {
      const names = HOSTILE_NAMES.filter((name) => !/^\.\.?$|[\r\n]/.test(name) && name.isWellFormed());
      for (const name of names) {
        const version = await put(name);
        expect(await read(name, version), name).to.have.length(3);
        expect((await store.stat(BUCKET, name))?.name).to.equal(name);
      }
      expect(await list({})).to.have.members(names);
    });

    describe('lists', () => {
      /** In the order of their UTF-8 bytes. */
      const NAMES = ['a', 'a/1', 'a/2', 'b', '\uE000', '\u{1F45C}'];
      beforeEach(async () => {
        for (const name of NAMES.toReversed()) await put(name);
      });

      it('names in the order of their bytes', async () => {
        expect(await list({})).to.deep.equal(NAMES);
      });

      it('names with a prefix, from an offset on, which may be one of them', async () => {
        expect(await list({ prefix: 'a/' })).to.deep.equal(['a/1', 'a/2']);
        expect(await list({ startOffset: 'a/2' })).to.deep.equal(NAMES.slice(2));
        expect(await list({ prefix: 'a', startOffset: 'a/1' })).to.deep.equal(['a/1', 'a/2']);
      });

      it('page by page, each name once', async () => {
        const names: string[] = [];
        const sizes: number[] = [];
        let pageToken: string | undefined;
        do {
          const page = await store.list(BUCKET, { maxResults: 4, ...(pageToken && { pageToken }) });
          names.push(...page.objects.map(({ name }) => name));
          sizes.push(page.objects.length);
          pageToken = page.nextPageToken;
        } while (pageToken !== undefined);
        expect(names).to.deep.equal(NAMES);
        expect(sizes).to.deep.equal([4, 2]);
      });

      it('the same facts as for a single object', async () => {
        const { objects } = await store.list(BUCKET, { prefix: 'b' });
        expect(objects).to.deep.equal([await store.stat(BUCKET, 'b')]);
      });

      it('nothing if no name has the prefix', async () => {
        expect(await store.list(BUCKET, { prefix: 'zzz' })).to.deep.equal({ objects: [] });
      });
    });

    it('throws for a list of or a write to a missing bucket, and finds nothing in it', async () => {
      const bucket = 'no-such-bucket';
      expect(await rejection(store.list(bucket, {}))).to.be.instanceOf(NoSuchBucket);
      expect(await rejection(store.write({ bucket, name: 'a.jpg', bytes: BYTES }))).to.be.instanceOf(
        NoSuchBucket,
      );
      expect(await store.stat(bucket, 'a.jpg')).to.equal(undefined);
      expect(await store.read({ bucket, name: 'a.jpg', generation: generation(5) }, MAX_BYTES)).to.equal(
        undefined,
      );
      await store.remove({ bucket, name: 'a.jpg', generation: generation(5) });
    });
  });
}

describe('An object store in a bucket with versioning', () => {
  it('lists noncurrent generations on request, and removes one permanently', async () => {
    const { store, close } = await openBucket();
    const write = (text: string) =>
      store.write({ bucket: VERSIONED, name: 'a.jpg', bytes: Buffer.from(text) });
    const [first] = [await write('1'), await write('2')];
    const listed = async (request: ListRequest) => (await store.list(VERSIONED, request)).objects;

    const live = await listed({});
    const all = await listed({ versions: true });
    if (first) await store.remove({ bucket: VERSIONED, name: 'a.jpg', generation: first });
    const rest = await listed({ versions: true });
    await close?.();

    expect(live).to.have.length(1);
    expect(all.map(({ generation }) => generation))
      .to.include(first)
      .and.have.length(2);
    expect(rest).to.deep.equal(live);
  });
});

describe('A download from a bucket', () => {
  let server: Server;
  let storage: Storage;
  let answer: RequestListener;
  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const apiEndpoint = `http://127.0.0.1:${port}`;
    storage = storageClient({ apiEndpoint, projectId: 'demo-contract', useAuthWithCustomEndpoint: true });
    storage.authClient.getRequestHeaders = async () => ({ authorization: 'Bearer of-the-client' });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const read = (signal?: AbortSignal) =>
    new GcsObjectStore(storage).read(
      { bucket: BUCKET, name: 'a.jpg', generation: generation(1) },
      MAX_BYTES,
      signal,
    );

  it('ends when its signal fires', async () => {
    const deadline = new AbortController();
    // The head of an answer, and never its bytes.
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).flushHeaders();
      deadline.abort();
    };

    const error = await rejection(read(deadline.signal));

    expect(error)
      .to.be.instanceOf(TransientError)
      .with.property('message')
      .that.includes('Gave up reading a.jpg');
  });

  it('closes its connection when there are too many bytes', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    // More than the limit, and never the end.
    answer = (_, response) => {
      closed = once(response, 'close');
      response.writeHead(200).write(Buffer.alloc(MAX_BYTES + 1));
    };

    const error = await rejection(read());

    expect(error).to.be.instanceOf(ImageError);
    await closed;
  });

  it('is authenticated as the client is', async () => {
    answer = ({ headers }, response) => response.end(headers.authorization);

    expect(String(await read())).to.equal('Bearer of-the-client');
  });

  it('uses the connection of the one before', async () => {
    const sockets = new Set<unknown>();
    answer = ({ socket }, response) => {
      sockets.add(socket);
      response.end();
    };

    await read();
    await read();

    expect(sockets.size).to.equal(1);
  });

  it('goes through the proxy that the environment names', async () => {
    const { HTTPS_PROXY, NO_PROXY } = process.env;
    const asked: unknown[] = [];
    answer = (_, response) => response.end();
    const proxy = createServer();
    proxy.on('connect', ({ url }, socket) => {
      asked.push(url);
      const onward = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    process.env['HTTPS_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    process.env['NO_PROXY'] = '';
    try {
      await read();
    } finally {
      restore({ HTTPS_PROXY, NO_PROXY });
      server.closeAllConnections();
      proxy.close();
    }

    expect(asked).to.deep.equal([new URL(storage.apiEndpoint).host]);
  });
});

function restore(environment: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
