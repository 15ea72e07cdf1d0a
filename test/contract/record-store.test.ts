/** The contract of a record store, in memory and in Firestore. */
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { FirestoreRecordStore, IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import type { NameRange } from '@hangtag/shared/domain/name-range.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import type { NewRecord } from '@hangtag/shared/domain/transitions.js';
import { InputError } from '@hangtag/shared/errors.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { RecordKey, RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';
import { expect } from 'chai';
import { HOSTILE_NAMES } from '../fixtures/hostile-names.js';
import {
  aCorrection,
  aNewRecord,
  aRecord,
  generation,
  keyOf,
  MODEL,
  TIMINGS,
  VERDICT,
} from '../fixtures/records.js';
import { emulatedFirestore } from '../support/emulated-firestore.js';
import { rejection } from '../support/rejection.js';

interface Opened {
  readonly store: RecordStore;
  /** Stores a document that is not a record. */
  readonly putDamaged: (key: RecordKey, fields: object) => Promise<void>;
  /** The lines logged so far. */
  readonly logged: object[];
  readonly close?: () => Promise<void>;
}

const STORES = {
  'in memory': async () => {
    const logged: object[] = [];
    const store = new MemoryRecordStore(systemClock, { error: (line) => logged.push(line) });
    const putDamaged: Opened['putDamaged'] = async (key, fields) =>
      store.restore([{ key, record: { ...aRecord(), ...fields } as ImageRecord }]);
    return { store, putDamaged, logged };
  },
  'in Firestore': async (context) => {
    const firestore = await emulatedFirestore('records', context);
    const logged: object[] = [];
    const store = new FirestoreRecordStore(firestore, undefined, {
      log: { error: (line) => logged.push(line) },
    });
    const putDamaged: Opened['putDamaged'] = async ({ tenant, imageId }, fields) => {
      const path = `tenants/${tenant}/${IMAGES}/${imageId}`;
      await firestore.doc(path).set({ ...documentOf(aRecord(), 1000), ...fields });
    };
    return { store, putDamaged, logged, close: () => firestore.terminate() };
  },
} as const satisfies Record<string, (context: Mocha.Context) => Promise<Opened>>;

for (const [place, open] of Object.entries(STORES)) {
  describe(`A record store ${place}`, () => {
    let opened: Opened;
    let store: RecordStore;
    let bucket: string;
    let tests = 0;

    before(async function () {
      opened = await open(this);
      store = opened.store;
    });
    beforeEach(() => {
      tests += 1;
      bucket = `bucket-${tests}`;
    });
    after(() => opened?.close?.());

    const put = async (name: string, facts: Partial<NewRecord> = {}, tenant?: string): Promise<RecordKey> => {
      const key = { ...keyOf(name, bucket), ...(tenant && { tenant: tenant as TenantId }) };
      expect(await store.create(key, aNewRecord({ bucket, name, ...facts })), name).to.be.a('string');
      return key;
    };
    const read = async (key: RecordKey): Promise<Versioned> => {
      const found = await store.get(key);
      if (found === undefined) throw new Error(`Expected a record under ${key.imageId}`);
      return found;
    };
    const namesOf = async (range: Omit<NameRange, 'bucket'>): Promise<string[]> => {
      const names: string[] = [];
      for await (const { record } of store.scan({ bucket, ...range })) names.push(record.name);
      return names;
    };

    it('returns what was created, with the server’s times', async () => {
      const key = await put('a.jpg', { owner: 'desk-7' });

      const { queuedAt, updatedAt, ...rest } = (await read(key)).record;

      expect(rest).to.deep.equal(aNewRecord({ bucket, name: 'a.jpg', owner: 'desk-7' }));
      expect(queuedAt).to.be.above(1_700_000_000_000).and.to.equal(updatedAt);
    });

    it('returns labels, embedding, palette, vector and correction as they were written', async () => {
      const written = {
        ...VERDICT,
        model: MODEL,
        timings: TIMINGS,
        embedding: [0.5, -1],
        palette: [{ name: 'vivid red', share: 1, lightness: 0.5, chroma: 0.2, hue: 29 }],
        colours: ['red' as const],
        vector: [0.6, -0.8],
        backbone: 'b1',
        correction: aCorrection(),
      };
      const key = await put('a.jpg', written);
      expect((await read(key)).record).to.deep.include(written);
    });

    it('finds nothing if nothing was created', async () => {
      expect(await store.get(keyOf('nothing.jpg', bucket))).to.equal(undefined);
    });

    it('creates only if there is no record', async () => {
      const key = await put('a.jpg');
      expect(await store.create(key, aNewRecord({ bucket, owner: 'late' }))).to.equal(undefined);
      expect((await read(key)).record.owner).to.equal(null);
    });

    it('returns the version of the created record', async () => {
      const key = keyOf('versioned.jpg', bucket);
      const version = await store.create(key, aNewRecord({ bucket, name: 'versioned.jpg' }));
      if (version === undefined) throw new Error('Expected a version');

      expect((await read(key)).version).to.equal(version);
      expect(await store.update(key, { set: { owner: 'first' } }, version)).to.equal(true);
      expect(await store.update(key, { set: { owner: 'second' } }, version)).to.equal(false);
    });

    it('lets one of two creators win', async () => {
      const key = keyOf('race.jpg', bucket);
      const wins = await Promise.all([1, 2, 3].map(() => store.create(key, aNewRecord({ bucket }))));
      expect(wins.filter(Boolean)).to.have.length(1);
    });

    it('updates the given fields and sets the given time stamp', async () => {
      const key = await put('a.jpg');
      const { record: before, version } = await read(key);

      const change = { set: { status: 'done', category: 'Tops' }, stamp: 'labeledAt' } as const;
      expect(await store.update(key, change, version)).to.equal(true);

      const { record: after } = await read(key);
      const { labeledAt, updatedAt } = after;
      expect(after).to.deep.equal({ ...before, ...change.set, labeledAt, updatedAt });
      expect(labeledAt)
        .to.be.at.least(before.queuedAt ?? Number.NaN)
        .and.to.equal(updatedAt);
    });

    it('removes labels and embedding on request', async () => {
      const key = await put('a.jpg', { embedding: [1], model: MODEL });
      const { version } = await read(key);
      await store.update(key, { set: { embedding: null, model: null, labeledAt: null } }, version);
      expect((await read(key)).record).to.include({ embedding: null, model: null, labeledAt: null });
    });

    it('updates only the given version', async () => {
      const key = await put('a.jpg');
      const { version } = await read(key);
      expect(await store.update(key, { set: { attempts: 1 } }, version)).to.equal(true);

      expect(await store.update(key, { set: { attempts: 9 } }, version)).to.equal(false);

      const now = await read(key);
      expect(now.record.attempts).to.equal(1);
      expect(await store.update(key, { set: { attempts: 2 } }, now.version)).to.equal(true);
    });

    it('lets one of many writers win', async () => {
      const key = await put('a.jpg');
      const { version } = await read(key);
      const wins = await Promise.all(
        [1, 2, 3, 4].map((attempts) => store.update(key, { set: { attempts } }, version)),
      );
      expect(wins.filter(Boolean)).to.have.length(1);
    });

    it('updates nothing if there is no record', async () => {
      const { version } = await read(await put('a.jpg'));
      expect(await store.update(keyOf('nothing.jpg', bucket), { set: { attempts: 1 } }, version)).to.equal(
        false,
      );
      expect(await store.get(keyOf('nothing.jpg', bucket))).to.equal(undefined);
    });

    it('keeps the version until the next write, then has another one, however short the time between', async () => {
      const key = await put('a.jpg');
      const versions = new Set<string>();
      for (let write = 0; write < 5; write += 1) {
        const { version } = await read(key);
        expect((await read(key)).version).to.equal(version);
        versions.add(version);
        await store.update(key, { set: { attempts: write } }, version);
      }
      expect(versions.size).to.equal(5);
    });

    it('keeps every hostile name unchanged, each in its own document', async () => {
      const names = HOSTILE_NAMES.filter((name) => name.isWellFormed());
      for (const name of names) await put(name);
      for (const name of names) expect((await read(keyOf(name, bucket))).record.name).to.equal(name);
    });

    it('leaves a document that is not a record out of a scan, and logs it', async () => {
      await put('a.jpg');
      const damaged = keyOf('b.jpg', bucket);
      await opened.putDamaged(damaged, { bucket, name: 'b.jpg', correction: { category: 7 } });
      await put('c.jpg');
      const before = opened.logged.length;

      expect(await namesOf({ from: '' })).to.deep.equal(['a.jpg', 'c.jpg']);

      const [line] = opened.logged.slice(place === 'in memory' ? before - 1 : before);
      expect(line).to.deep.include({ outcome: 'unreadable-record' });
      expect(line).to.have.property('document').that.includes(damaged.imageId);
      expect(line).to.have.property('err').that.is.instanceOf(InputError);
    });

    describe('counts and reads a range of names', () => {
      /** In the order of their UTF-8 bytes. */
      const NAMES = ['a', 'a/b', 'b', 'cafe\u0301', 'caf\u00E9', '\uE000', '\uFFFD', '\u{1F45C}'];
      beforeEach(async () => {
        for (const name of NAMES.toReversed()) await put(name, { generation: generation(7) });
      });

      it('in the order of their bytes', async () => {
        expect(await namesOf({ from: '' })).to.deep.equal(NAMES);
      });

      it('from its first name, included, to its last, excluded', async () => {
        expect(await namesOf({ from: 'a/b', to: 'caf\u00E9' })).to.deep.equal(['a/b', 'b', 'cafe\u0301']);
        expect(await namesOf({ from: '\uE000' })).to.deep.equal(NAMES.slice(-3));
        expect((await store.digest({ bucket, from: 'a/b', to: 'caf\u00E9' })).count).to.equal(3);
      });

      it('and sums exactly the checks of the counted records', async () => {
        const { count, sum } = await store.digest({ bucket, from: '' });
        const checks = NAMES.map((name) => aNewRecord({ name, generation: generation(7) }).check);
        expect({ count, sum }).to.deep.equal({ count: NAMES.length, sum: checks.reduce((a, b) => a + b) });
      });

      it('and finds nothing in an empty range', async () => {
        expect(await store.digest({ bucket, from: 'x', to: 'y' })).to.deep.equal({ count: 0, sum: 0 });
        expect(await namesOf({ from: 'x', to: 'y' })).to.deep.equal([]);
      });

      it('over all tenants, without records of missing objects and of other buckets', async () => {
        const acme = await put('tenants/acme/z', {}, 'acme');
        await put('gone', { present: false, status: 'deleted' });
        await store.create(
          { ...acme, imageId: imageIdOf('other', 'z') },
          aNewRecord({ bucket: 'other', name: 'z' }),
        );

        expect(await namesOf({ from: 'd', to: '\uE000' })).to.deep.equal(['tenants/acme/z']);
        expect((await store.digest({ bucket, from: 'd', to: '\uE000' })).count).to.equal(1);
      });

      it('with versions that an update accepts', async () => {
        for await (const { record, version } of store.scan({ bucket, from: 'a', to: 'a/' })) {
          expect(await store.update(keyOf(record.name, bucket), { set: { attempts: 1 } }, version)).to.equal(
            true,
          );
        }
        expect((await read(keyOf('a', bucket))).record.attempts).to.equal(1);
      });
    });
  });
}

describe('A record store in Firestore', () => {
  it('throws an InputError for a document that is not a record', async function () {
    const { store, putDamaged, close } = await STORES['in Firestore'](this);
    const key = keyOf('damaged.jpg');
    await putDamaged(key, { status: 'sold' });

    const error = await rejection(store.get(key));

    await close?.();
    expect(error).to.be.instanceOf(InputError).with.property('message').that.includes('valid status');
  });
});
