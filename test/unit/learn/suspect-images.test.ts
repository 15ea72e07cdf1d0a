import { MemoryImageCatalog } from '@hangtag/shared/adapters/memory/image-catalog.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import type { NewRecord } from '@hangtag/shared/domain/transitions.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import type { SuspectImage, SuspectList } from '@hangtag/shared/ports/suspect-list.js';
import { type Found, findSuspectImages } from '@hangtag/tools/learn/suspect-images.js';
import { expect } from 'chai';
import { aNewRecord, generation, keyOf, UPLOADED_AT } from '../../fixtures/records.js';

const LABELS = ['hat', 'shoe', 'watch'];
const EACH = 30;

describe('The likely wrong labels of a tenant', () => {
  const random = mulberry32(7);
  /** Near the axis of its label, which its category may not be. */
  const image = (label: string, facts: Partial<NewRecord> = {}): Partial<NewRecord> => ({
    status: 'done',
    category: label,
    vector: Array.from({ length: 16 }, (_, at) => random() - 0.5 + (at === LABELS.indexOf(label) ? 4 : 0)),
    backbone: 'one',
    ...facts,
  });
  const corrected = { category: 'watch', by: 'ann', at: UPLOADED_AT, generation: generation(5) };
  const list: SuspectList = {
    put: async (_, suspects) => {
      listed = suspects;
    },
  };
  let found: Found;
  let listed: readonly SuspectImage[];

  before(async () => {
    const records = new MemoryRecordStore({ now: () => UPLOADED_AT });
    const images = {
      ...Object.fromEntries(
        LABELS.flatMap((label) => Array.from({ length: EACH }, (_, at) => [`${label}-${at}`, image(label)])),
      ),
      wrong: image('hat', { category: 'shoe' }),
      chosen: image('hat', { category: 'hat', correction: corrected }),
      waiting: image('hat', { category: 'shoe', status: 'review' }),
      rare: image('hat', { category: 'scarf' }),
      other: image('hat', { category: 'shoe', backbone: 'two', uploadedAt: UPLOADED_AT - 1 }),
      none: image('hat', { vector: null, backbone: null }),
    };
    for (const [name, facts] of Object.entries(images))
      await records.create(keyOf(name), aNewRecord({ name, ...facts }));

    const catalog = new MemoryImageCatalog(records);
    found = await findSuspectImages(DEFAULT_TENANT, { catalog, list });
  });

  it('are stored with the label that is more likely, but for those that a person chose', () => {
    expect(listed).to.have.length(1);
    expect(listed[0]).to.include({ imageId: keyOf('wrong').imageId, generation: '5', category: 'hat' });
    expect(listed[0]?.confidence).to.be.above(0.5).and.at.most(1);
    expect(found.suspects).to.equal(listed);
  });

  it('are found among images of one backbone and of labels that are not rare', () => {
    expect(found).to.include({ compared: LABELS.length * EACH + 2, leftOut: 3 });
  });

  it('are none where there is nothing to compare, and the list is emptied', async () => {
    const catalog = new MemoryImageCatalog(new MemoryRecordStore({ now: () => UPLOADED_AT }));

    expect(await findSuspectImages(DEFAULT_TENANT, { catalog, list })).to.include({
      compared: 0,
      leftOut: 0,
    });
    expect(listed).to.deep.equal([]);
  });
});
