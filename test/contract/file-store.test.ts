import { GcsFileStore } from '@hangtag/shared/adapters/gcs/file-store.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { MemoryFileStore } from '@hangtag/shared/adapters/memory/file-store.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { WRITTEN_BY_KEY } from '@hangtag/shared/domain/admission.js';
import type { FileStore } from '@hangtag/shared/ports/file-store.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import { expect } from 'chai';
import { startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

interface Opened {
  readonly files: FileStore;
  readonly objects: ObjectStore;
  readonly close: () => Promise<void>;
}

const BUCKET = 'inbox';

const STORES: Readonly<Record<string, () => Promise<Opened>>> = {
  'in memory': async () => {
    const objects = new MemoryObjectStore({ now: () => 1_700_000_000_000 }, [BUCKET]);
    return { files: new MemoryFileStore(objects, BUCKET), objects, close: async () => undefined };
  },
  'in Cloud Storage': async () => {
    const fixture = await startBucketFixture();
    const objects = new GcsObjectStore(fixture.storage);
    return { files: new GcsFileStore(fixture.bucket), objects, close: () => stopBucketFixture(fixture) };
  },
};

for (const [place, open] of Object.entries(STORES)) {
  describe(`A file store ${place}`, () => {
    let opened: Opened;

    beforeEach(async () => {
      opened = await open();
    });

    afterEach(() => opened.close());

    const write = async (name: string, pieces: readonly string[]) => {
      const sink = opened.files.create(name, 'text/csv');
      for (const piece of pieces) await sink.write(piece);
      return sink.close();
    };
    const read = async (name: string) => {
      const object = await opened.objects.stat(BUCKET, name);
      const bytes = object && (await opened.objects.read(object, 1e9));
      return bytes && Buffer.from(bytes).toString();
    };

    it('writes chunks of any number and size, marked as written by Hangtag', async () => {
      const pieces = Array.from({ length: 300 }, (_, index) => `${index}-${'ü'.repeat(2_000)}\n`);

      expect(await write('reports/a.csv', pieces)).to.equal('written');

      expect(await read('reports/a.csv')).to.equal(pieces.join(''));
      const object = await opened.objects.stat(BUCKET, 'reports/a.csv');
      expect(object?.contentType).to.equal('text/csv');
      expect(object?.metadata).to.have.property(WRITTEN_BY_KEY);
    });

    it('does not change a file that already has the same bytes', async () => {
      await write('reports/a.csv', ['one,', 'two']);
      const before = await opened.objects.stat(BUCKET, 'reports/a.csv');

      expect(await write('reports/a.csv', ['one', ',two'])).to.equal('unchanged');

      expect(await opened.objects.stat(BUCKET, 'reports/a.csv')).to.deep.equal(before);
    });

    it('replaces a file that has other bytes', async () => {
      await write('reports/a.csv', ['one']);

      expect(await write('reports/a.csv', ['two'])).to.equal('written');

      expect(await read('reports/a.csv')).to.equal('two');
    });

    it('shows nothing of a file before it is closed, and nothing of an aborted one', async () => {
      const sink = opened.files.create('reports/a.csv', 'text/csv');
      await sink.write('x'.repeat(1_000_000));
      expect(await read('reports/a.csv')).to.equal(undefined);

      sink.abort();

      expect(await read('reports/a.csv')).to.equal(undefined);
    });

    it('reads an existing file', async () => {
      await write('reports/a.csv', ['ü', 'two']);
      expect(await opened.files.read('reports/a.csv')).to.equal('ütwo');
      expect(await opened.files.read('reports/b.csv')).to.equal(undefined);
    });

    it('removes a file; removing a missing file is no error', async () => {
      await write('reports/a.csv', ['one']);
      await opened.files.remove('reports/a.csv');
      await opened.files.remove('reports/a.csv');
      expect(await read('reports/a.csv')).to.equal(undefined);
    });
  });
}
