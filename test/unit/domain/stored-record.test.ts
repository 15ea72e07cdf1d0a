import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { parseRecord, RECORD_FIELDS } from '@hangtag/shared/domain/stored-record.js';
import { InputError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { aCorrection, aLabelledRecord, aRecord, generation } from '../../fixtures/records.js';

const parse = (record: object) => parseRecord(record as Record<string, unknown>, RECORD_FIELDS);

describe('A stored record', () => {
  for (const [what, record] of Object.entries({
    queued: aRecord(),
    labelled: aLabelledRecord({ embedding: [0.5, -1], labels: [{ label: 'Tops', score: 1 }] }),
    corrected: aLabelledRecord({ correction: aCorrection(), owner: 'jane', ref: 'R-1' }),
  })) {
    it(`is read as it is: ${what}`, () => {
      expect(parse(record)).to.deep.equal(record);
    });
  }

  it('is read without fields that no record has', () => {
    expect(parse({ ...aRecord(), expireAt: 1 })).to.deep.equal(aRecord());
  });

  it('is read in those fields that are asked for', () => {
    const { name, status } = aRecord();
    expect(parseRecord({ name, status, embedding: 7 }, ['name', 'status'])).to.deep.equal({ name, status });
  });

  const damaged: { readonly [Field in keyof ImageRecord]: readonly unknown[] } = {
    bucket: [7, null],
    name: [undefined, {}],
    generation: [5, '05', 'x', '12345678901234567890'],
    size: ['1', Number.NaN],
    contentType: [null],
    md5Hash: [1],
    uploadedAt: [null, 'today', Number.POSITIVE_INFINITY, 1e300],
    status: ['sold', null],
    reason: ['because', undefined],
    category: [['Tops'], 7],
    confidence: ['0.9', Number.NaN],
    labels: [null, [{ label: 'Tops' }], ['Tops'], {}],
    tier: ['AUTO', 1],
    model: [{}, 'fashion', { id: 'a', version: 1, sha256: 'b' }],
    embedding: [['x'], {}],
    correction: [
      'Tops',
      { ...aCorrection(), category: 7 },
      { ...aCorrection(), by: undefined },
      { ...aCorrection(), at: null },
      { ...aCorrection(), generation: 5 },
    ],
    timings: [{}, { queuedMs: '1' }],
    present: [1, null],
    check: ['1'],
    attempts: [null],
    queuedAt: ['1'],
    labeledAt: ['now', 8.64e15 + 1],
    updatedAt: [null],
    owner: [7],
    ref: [{}],
    priority: ['high', null],
  };
  for (const [field, values] of Object.entries(damaged)) {
    it(`is refused if its ${field} is of another type, and the message repeats no content`, () => {
      for (const value of values) {
        const read = () => parse({ ...aRecord({ generation: generation(5) }), [field]: value });
        expect(read, JSON.stringify(value)).to.throw(InputError, `Expected a valid ${field} in the record`);
      }
    });
  }
});
