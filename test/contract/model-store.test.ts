/** The contract of every store of models: in a folder, and in a bucket in memory and on the local stack's bucket server. */
import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import type { ModelPin } from '@hangtag/shared/domain/model-version.js';
import { InputError, ModelError, TransientError } from '@hangtag/shared/errors.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { BucketModelStore } from '@hangtag/shared/inference/store/bucket-model-store.js';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { ModelStore } from '@hangtag/shared/ports/model-store.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import { expect } from 'chai';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { copyOfColours, type LooseManifest } from '../support/model-folder.js';
import { rejection } from '../support/rejection.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const BUCKET = 'inbox';

interface Opened {
  readonly store: ModelStore;
  readonly close?: () => Promise<void>;
}

type Open = (dir: string) => Promise<Opened>;

function bucketStore(objects: ObjectStore, dir: string): BucketModelStore {
  return new BucketModelStore({ objects, bucket: BUCKET, prefix: 'models/', cacheDir: join(dir, 'cache') });
}

const STORES: Readonly<Record<string, Open>> = {
  'in a folder': async (dir) => ({ store: new FolderModelStore(join(dir, 'models')) }),
  'in a bucket in memory': async (dir) => ({
    store: bucketStore(new MemoryObjectStore(systemClock, [BUCKET]), dir),
  }),
  'in a bucket of the local stack': async (dir) => {
    const fixture = await startBucketFixture();
    return {
      store: bucketStore(new GcsObjectStore(fixture.storage), dir),
      close: () => stopBucketFixture(fixture),
    };
  },
};

const version = (is: string) => (manifest: LooseManifest) => {
  Object.assign(manifest, { version: is });
};

describe('A store of models', () => {
  let dir: string;

  beforeEach(async () => {
    dir = temporaryDirectory();
  });

  for (const [place, open] of Object.entries(STORES)) {
    describe(place, () => {
      let opened: Opened;
      let store: ModelStore;
      beforeEach(async () => {
        opened = await open(dir);
        store = opened.store;
      });
      afterEach(() => opened?.close?.());

      it('lists what was put, and gives a folder from which the model loads', async () => {
        const second = await store.put(await copyOfColours(version('2.0.0')));
        const first = await store.put(COLOURS_MODEL);

        const classifier = await loadClassifier(await store.get(first), { engine: 'onnx' });
        await classifier.close();

        expect(await store.list()).to.deep.equal([first, second]);
        expect(classifier.model.version).to.equal(first.version);
      });

      it('takes the same content again, and refuses another content of the same version', async () => {
        const pin = await store.put(COLOURS_MODEL);
        const other = await copyOfColours((manifest) =>
          Object.assign(manifest, { calibration: { temperature: 2 } }),
        );

        expect(await store.put(COLOURS_MODEL)).to.deep.equal(pin);
        const refusal = await rejection(store.put(other));

        expect(refusal).to.be.instanceOf(InputError);
        expect(refusal).to.have.property('message').that.includes('give the model another version');
        expect(await store.list()).to.deep.equal([pin]);
      });

      it('refuses a folder that lacks a file, and stores nothing of it', async () => {
        const incomplete = await copyOfColours();
        await rm(join(incomplete, 'model.onnx'));

        expect(await rejection(store.put(incomplete))).to.be.instanceOf(ModelError);
        expect(await store.list()).to.deep.equal([]);
      });

      it('refuses a model of a future schema, and names that cannot be names of folders', async () => {
        const future = await copyOfColours((manifest) => Object.assign(manifest, { schema: 2 }));
        const outside = await copyOfColours(version('../1'));

        expect(await rejection(store.put(future))).to.be.instanceOf(ModelError);
        expect(await rejection(store.put(outside))).to.be.instanceOf(InputError);
      });

      it('gives no version that has another digest than the pin, or that it does not have', async () => {
        const pin = await store.put(COLOURS_MODEL);
        const replaced: ModelPin = { ...pin, digest: '0'.repeat(64) };

        expect(await rejection(store.get(replaced))).to.be.instanceOf(ModelError);
        expect(await rejection(store.get({ ...pin, version: '9' }))).to.be.instanceOf(ModelError);
      });

      it('removes a version once, and the others stay', async () => {
        const pin = await store.put(COLOURS_MODEL);
        const other = await store.put(await copyOfColours(version('2.0.0')));

        expect(await store.remove(pin)).to.equal(true);
        expect(await store.remove(pin)).to.equal(false);
        expect(await store.list()).to.deep.equal([other]);
      });

      it('takes two uploads of one version at once', async () => {
        const pins = await Promise.all([store.put(COLOURS_MODEL), store.put(COLOURS_MODEL)]);

        expect(await store.list()).to.deep.equal([pins[0]]);
      });
    });
  }

  describe('in a bucket', () => {
    let objects: MemoryObjectStore;
    beforeEach(() => {
      objects = new MemoryObjectStore(systemClock, [BUCKET]);
    });

    const put = () => bucketStore(objects, dir).put(COLOURS_MODEL);
    const overwrite = async (file: string, bytes: Uint8Array) => {
      const name = `models/colours/1.0.0/${file}`;
      await objects.write({ bucket: BUCKET, name, bytes });
    };

    it('has no model after half an upload, and has it after a whole one', async () => {
      const store = bucketStore(objects, dir);
      const write = objects.write.bind(objects);
      let writes = 0;
      objects.write = async (...request) => {
        writes += 1;
        if (writes === 4) throw new TransientError('Expected a bucket that answers');
        return write(...request);
      };

      expect(await rejection(store.put(COLOURS_MODEL))).to.be.instanceOf(TransientError);
      expect(await store.list()).to.deep.equal([]);
      const pin = await store.put(COLOURS_MODEL);
      expect(await store.list()).to.deep.equal([pin]);
    });

    it('downloads a version once for two callers at once, and not again later', async () => {
      const pin = await put();
      const read = objects.read.bind(objects);
      let reads = 0;
      objects.read = (...request) => {
        reads += 1;
        return read(...request);
      };
      const store = bucketStore(objects, dir);

      const [one, other] = await Promise.all([store.get(pin), store.get(pin)]);
      const readsOfOne = reads;
      const later = await store.get(pin);

      const { files } = JSON.parse(await readFile(join(COLOURS_MODEL, 'manifest.json'), 'utf8'));
      expect([one, other, later]).to.deep.equal([one, one, one]);
      expect(readsOfOne).to.equal(files.length + 1);
      expect(reads).to.equal(readsOfOne);
    });

    it('gives no folder of a version with a damaged or missing file, and leaves none', async () => {
      const pin = await put();
      await overwrite('model.onnx', Uint8Array.of(1, 2, 3));

      const refusal = await rejection(bucketStore(objects, dir).get(pin));

      expect(refusal).to.be.instanceOf(ModelError);
      expect(refusal).to.have.property('message').that.includes('model.onnx');
      expect(await readdir(join(dir, 'cache'))).to.deep.equal([]);
    });

    it('downloads again what was damaged on disk', async () => {
      const pin = await put();
      const store = bucketStore(objects, dir);
      const folder = await store.get(pin);
      await writeFile(join(folder, 'model.onnx'), 'damaged');

      expect(await store.get(pin)).to.equal(folder);

      expect(await readFile(join(folder, 'model.onnx'))).to.deep.equal(
        await readFile(join(COLOURS_MODEL, 'model.onnx')),
      );
    });

    it('keeps a downloaded version that was removed from the bucket', async () => {
      const pin = await put();
      const store = bucketStore(objects, dir);
      const folder = await store.get(pin);

      await store.remove(pin);

      await access(join(await store.get(pin), 'model.onnx'));
      expect(await store.get(pin)).to.equal(folder);
    });
  });
});
