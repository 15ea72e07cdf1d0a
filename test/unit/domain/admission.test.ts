import {
  type AdmissionPolicy,
  admit,
  annotationsOf,
  isOwnOutput,
  MAX_ANNOTATION_LENGTH,
  OVER_BUDGET,
  type Upload,
  WRITTEN_BY_KEY,
} from '@hangtag/shared/domain/admission.js';
import { expect } from 'chai';
import { anUpload } from '../../fixtures/records.js';

const OPEN: AdmissionPolicy = {
  includePrefixes: [],
  excludePrefixes: ['reports/', 'processed/'],
  maxBytes: 1000,
};
const CHOOSY: AdmissionPolicy = { ...OPEN, includePrefixes: ['returns/', 'shop/'] };

interface Case {
  readonly because: string;
  readonly upload: Partial<Upload>;
  readonly policy?: AdmissionPolicy;
  readonly status: string;
  readonly reason: string | null;
}

const CASES: readonly Case[] = [
  { because: 'an ordinary upload', upload: {}, status: 'queued', reason: null },
  { because: 'exactly the most bytes', upload: { size: 1000 }, status: 'queued', reason: null },
  { because: 'one byte', upload: { size: 1 }, status: 'queued', reason: null },
  { because: 'one byte too many', upload: { size: 1001 }, status: 'failed', reason: 'too-many-bytes' },
  { because: 'zero bytes', upload: { size: 0 }, status: 'failed', reason: 'empty' },
  { because: 'a folder marker', upload: { name: 'a/', size: 0 }, status: 'skipped', reason: 'folder' },
  {
    because: 'a name that ends in a slash but has bytes',
    upload: { name: 'a/' },
    status: 'queued',
    reason: null,
  },
  {
    because: 'an excluded path',
    upload: { name: 'reports/1.jpg' },
    status: 'skipped',
    reason: 'path-excluded',
  },
  {
    because: 'an excluded path inside the folder of a tenant',
    upload: { name: 'tenants/acme/processed/Heels/1.jpg' },
    status: 'skipped',
    reason: 'path-excluded',
  },
  {
    because: 'an excluded path that contains the folder of the tenant',
    upload: { name: 'tenants/acme/private/1.jpg' },
    policy: { ...OPEN, excludePrefixes: ['tenants/acme/private/'] },
    status: 'skipped',
    reason: 'path-excluded',
  },
  {
    because: 'an excluded word elsewhere',
    upload: { name: 'a/reports/1.jpg' },
    status: 'queued',
    reason: null,
  },
  {
    because: 'the second included path',
    upload: { name: 'shop/1.jpg' },
    policy: CHOOSY,
    status: 'queued',
    reason: null,
  },
  {
    because: 'a path that is not included',
    upload: { name: 'x/returns/1.jpg' },
    policy: CHOOSY,
    status: 'skipped',
    reason: 'path-excluded',
  },
  {
    because: 'a path both included and excluded',
    upload: { name: 'returns/1.jpg' },
    policy: { ...CHOOSY, excludePrefixes: ['returns/'] },
    status: 'skipped',
    reason: 'path-excluded',
  },
  {
    because: 'a request to skip',
    upload: { metadata: { skip: 'true' } },
    status: 'skipped',
    reason: 'skip-requested',
  },
  {
    because: 'another value of skip',
    upload: { metadata: { skip: 'false' } },
    status: 'queued',
    reason: null,
  },
  {
    because: 'a tenant that cannot exist',
    upload: { name: 'tenants/../x.jpg' },
    status: 'skipped',
    reason: 'unknown-tenant',
  },
  {
    because: 'the tenant before the path',
    upload: { name: 'tenants/../x.jpg' },
    policy: { ...OPEN, excludePrefixes: ['tenants/'] },
    status: 'skipped',
    reason: 'unknown-tenant',
  },
  {
    because: 'a request to skip before the missing bytes',
    upload: { size: 0, metadata: { skip: 'true' } },
    status: 'skipped',
    reason: 'skip-requested',
  },
];

describe('The admission of an upload', () => {
  for (const { because, upload, policy = OPEN, status, reason } of CASES) {
    it(`is ${status}${reason ? ` (${reason})` : ''} for ${because}`, () => {
      expect(admit(anUpload(upload), policy)).to.deep.equal({ status, reason });
    });
  }

  it('recognises an object that Hangtag wrote by the metadata key "hangtag-written-by", with any value', () => {
    expect(WRITTEN_BY_KEY).to.equal('hangtag-written-by');
    expect(isOwnOutput({ metadata: { [WRITTEN_BY_KEY]: 'report' } })).to.equal(true);
    expect(isOwnOutput({ metadata: { [WRITTEN_BY_KEY]: '' } })).to.equal(true);
    expect(isOwnOutput({ metadata: { skip: 'true' } })).to.equal(false);
  });
});

describe('An image beyond the budget of the day', () => {
  it('is deferred, with the reason', () => {
    expect(OVER_BUDGET).to.deep.equal({ status: 'deferred', reason: 'over-budget' });
  });
});

describe('The annotations of an upload', () => {
  it('are null, null and live if the metadata has none', () => {
    expect(annotationsOf({})).to.deep.equal({ owner: null, ref: null, priority: 'live' });
    expect(annotationsOf({ owner: '', ref: '' })).to.include({ owner: null, ref: null });
  });

  it('are those of the metadata', () => {
    const annotations = annotationsOf({ owner: 'desk-7', ref: 'R-4711', priority: 'backfill', other: 'x' });
    expect(annotations).to.deep.equal({ owner: 'desk-7', ref: 'R-4711', priority: 'backfill' });
  });

  it('have one other priority only', () => {
    expect(annotationsOf({ priority: 'urgent' }).priority).to.equal('live');
  });

  it('are cut to the length that Firestore can index', () => {
    expect(MAX_ANNOTATION_LENGTH).to.equal(300);
    expect(annotationsOf({ owner: 'x'.repeat(300) }).owner).to.equal('x'.repeat(300));
    expect(annotationsOf({ ref: 'x'.repeat(301) }).ref).to.equal('x'.repeat(300));
  });

  it('are never cut between two surrogates', () => {
    const owner = annotationsOf({ owner: `x${'\u{1F45C}'.repeat(200)}` }).owner ?? '';
    expect(owner.isWellFormed()).to.equal(true);
    expect(Buffer.byteLength(owner)).to.be.below(1500);
  });
});
