import { MemoryDayRecords } from '@hangtag/shared/adapters/memory/day-records.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { judgedImages } from '@hangtag/shared/learning/judged-images.js';
import type { Gathered } from '@hangtag/shared/learning/labelled-pictures.js';
import { LessonError } from '@hangtag/shared/learning/lesson-error.js';
import { expect } from 'chai';
import { aNewRecord, BUCKET, generation, keyOf, UPLOADED_AT } from '../../fixtures/records.js';

const CLOCK = { now: () => UPLOADED_AT + 1000 };

interface JudgedFacts {
  readonly name: string;
  /** Of the model. */
  readonly category: string;
  readonly corrected: string;
  readonly by?: string;
  readonly isOverwritten?: true;
  readonly isGone?: true;
}

/** The judged images of a tenant with these images. */
async function gather(images: readonly JudgedFacts[], trusted: readonly string[] = []): Promise<Gathered> {
  const records = new MemoryRecordStore(CLOCK);
  const objects = new MemoryObjectStore(CLOCK, [BUCKET]);
  for (const { name, category, corrected, by = 'desk-1', isOverwritten, isGone } of images) {
    const written = await objects.write({ bucket: BUCKET, name, bytes: Buffer.from(name) });
    const current = written ?? generation(1);
    const correction = {
      category: corrected,
      by,
      at: UPLOADED_AT,
      generation: isOverwritten ? generation(999) : current,
    };
    const facts = {
      name,
      generation: current,
      status: 'done',
      category,
      correction,
      present: !isGone,
    } as const;
    await records.create(keyOf(name), aNewRecord(facts));
  }
  const ports = { dayRecords: new MemoryDayRecords(records), objects };
  return judgedImages({ tenant: DEFAULT_TENANT, nowMs: CLOCK.now(), trusted }, ports);
}

/** Ten images of three categories of the model, all corrected to one. */
function oneLabel(by: string): readonly JudgedFacts[] {
  const categories = ['Tops', 'Shirts', 'Heels'];
  return Array.from({ length: 10 }, (_, at) => ({
    name: `${by}-${at}`,
    category: categories[at % 3] ?? '',
    corrected: 'Watches',
    by,
  }));
}

describe('Judged images', () => {
  it('have the category of the person, whether it corrects or confirms, and the bytes of the bucket', async () => {
    const { pictures, notes } = await gather([
      { name: 'a.jpg', category: 'Tops', corrected: 'Skirts' },
      { name: 'b.jpg', category: 'Tops', corrected: 'Tops' },
    ]);
    expect(pictures.map(({ name, label }) => [name, label])).to.deep.equal([
      ['a.jpg', 'Skirts'],
      ['b.jpg', 'Tops'],
    ]);
    expect(Buffer.from((await pictures[0]?.read()) ?? [])).to.deep.equal(Buffer.from('a.jpg'));
    expect(notes).to.deep.equal(['2 judged images: 1 confirmed, 1 corrected']);
  });

  it('are none where the object was overwritten since, or is not in the bucket', async () => {
    const { pictures, notes } = await gather([
      { name: 'a.jpg', category: 'Tops', corrected: 'Skirts', isOverwritten: true },
      { name: 'b.jpg', category: 'Tops', corrected: 'Skirts', isGone: true },
      { name: 'c.jpg', category: 'Tops', corrected: 'Skirts' },
    ]);
    expect(pictures.map(({ name }) => name)).to.deep.equal(['c.jpg']);
    expect(notes.slice(1)).to.deep.equal([
      '1 were overwritten since, and are left out',
      '1 are not in the bucket, and are left out',
    ]);
  });

  it('of a reviewer who corrects everything to one category are refused before anything is learned', async () => {
    const failure = await gather(oneLabel('desk-7')).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(LessonError);
    expect(failure).to.deep.include({ fault: 'one-label', reviewers: ['desk-7'] });
    expect(String(failure)).to.include(
      'Expected corrections to several categories by "desk-7" but received 10 images of 3 categories of the model, all corrected to "Watches"',
    );
  });

  it('of such reviewers are learned if a person says so of each', async () => {
    const images = [...oneLabel('desk-7'), ...oneLabel('desk-8')];

    const failure = await gather(images, ['desk-7']).catch((error: unknown) => error);

    expect(failure).to.deep.include({ fault: 'one-label', reviewers: ['desk-8'] });
    expect((await gather(images, ['desk-7', 'desk-8'])).pictures).to.have.length(20);
  });

  it('of a reviewer who corrects few images, or to two categories, are learned', async () => {
    const few = oneLabel('desk-1').slice(0, 9);
    const two = [...oneLabel('desk-2'), { name: 'x', category: 'Tops', corrected: 'Tops', by: 'desk-2' }];
    expect((await gather([...few, ...two])).pictures).to.have.length(20);
  });
});
