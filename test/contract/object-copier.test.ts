/** The contract of every copier, in memory or in a bucket. */
import { GcsObjectCopier } from '@hangtag/shared/adapters/gcs/object-copier.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { MemoryObjectCopier } from '@hangtag/shared/adapters/memory/object-copier.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import type { Generation } from '@hangtag/shared/domain/generation.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { ObjectCopier } from '@hangtag/shared/ports/object-copier.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import { assert } from 'chai';
import { BUCKET, generation } from '../fixtures/records.js';
import { startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

interface Opened {
  readonly bucket: string;
  readonly objects: ObjectStore;
  readonly copier: ObjectCopier;
  readonly close?: () => Promise<void>;
}

const COPIERS: Readonly<Record<string, () => Promise<Opened>>> = {
  'in memory': async () => {
    const objects = new MemoryObjectStore(systemClock, [BUCKET]);
    return { bucket: BUCKET, objects, copier: new MemoryObjectCopier(objects) };
  },
  'in a bucket': async () => {
    const fixture = await startBucketFixture();
    const { storage, bucket } = fixture;
    const close = () => stopBucketFixture(fixture);
    return {
      bucket: bucket.name,
      objects: new GcsObjectStore(storage),
      copier: new GcsObjectCopier(storage),
      close,
    };
  },
};

const NOTHING_THERE = generation(0);

for (const [place, open] of Object.entries(COPIERS)) {
  describe(`An object copier ${place}`, () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened?.close?.());

    const put = async (name: string, bytes: Uint8Array): Promise<Generation> => {
      const written = await opened.objects.write(
        { bucket: opened.bucket, name, bytes },
        { contentType: 'image/png', metadata: { owner: 'desk-7' } },
      );
      if (written === undefined) throw new Error(`Expected ${name} to be written`);
      return written;
    };
    const copy = (source: Generation, ifGeneration: Generation) =>
      opened.copier.copy(
        { bucket: opened.bucket, name: 'a b/ä.png', generation: source },
        { name: 'copies/ä.png', contentType: 'image/png', metadata: { by: 'us' }, ifGeneration },
      );

    it('copies the bytes, and gives the copy its own metadata', async () => {
      const source = await put('a b/ä.png', Uint8Array.of(1, 2, 3));

      assert.equal(await copy(source, NOTHING_THERE), 'copied');

      const made = await opened.objects.stat(opened.bucket, 'copies/ä.png');
      assert.deepInclude(made, { size: 3, contentType: 'image/png', metadata: { by: 'us' } });
      assert.isDefined(await opened.objects.stat(opened.bucket, 'a b/ä.png'));
    });

    it('overwrites the generation of the precondition, and no other', async () => {
      const source = await put('a b/ä.png', Uint8Array.of(1));
      const there = await put('copies/ä.png', Uint8Array.of(2));

      assert.equal(await copy(source, NOTHING_THERE), 'taken');
      assert.equal(await copy(source, there), 'copied');
      assert.equal(await copy(source, there), 'taken');
    });

    it('reports a generation as gone after it was overwritten', async () => {
      const source = await put('a b/ä.png', Uint8Array.of(1));
      await put('a b/ä.png', Uint8Array.of(2));

      assert.equal(await copy(source, NOTHING_THERE), 'gone');
      assert.isUndefined(await opened.objects.stat(opened.bucket, 'copies/ä.png'));
    });
  });
}
