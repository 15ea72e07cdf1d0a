import { imageOf } from '@hangtag/web/image.js';
import { eventsOf, rawTextOf, timingsOf } from '@hangtag/web/record-details.js';
import { expect } from 'chai';
import fc from 'fast-check';

const at = (epochMs: number) => ({ toMillis: () => epochMs });

describe('the details of a record on the page', () => {
  it('are what happened to it, the earliest first', () => {
    const data = {
      generation: '2',
      status: 'done',
      category: 'Tops',
      owner: 'desk-1',
      model: { id: 'm', version: '1' },
      uploadedAt: at(1),
      labeledAt: at(3),
      queuedAt: at(2),
      updatedAt: at(6),
      opinion: { category: 'Shirts', by: 'gemini', at: at(4), generation: '2' },
      correction: { category: 'Heels', by: 'reviewer', at: at(5), generation: '1' },
    };

    const events = eventsOf(data, imageOf('1', data));

    expect(events.map(({ kind, what, by }) => [kind, what, by].join(' '))).to.deep.equal([
      'uploaded  desk-1',
      'queued  ',
      'labelled Tops m 1',
      'opinion Shirts gemini',
      'corrected Heels reviewer',
      'changed done ',
    ]);
  });

  it('leave out an opinion of another generation', () => {
    const data = {
      generation: '2',
      opinion: { category: 'Shirts', by: 'gemini', at: at(4), generation: '1' },
    };

    expect(eventsOf(data, imageOf('1', data))).to.deep.equal([]);
  });

  it('are the record as JSON, with times in UTC and the length of a vector', () => {
    const vector = { toArray: () => Array.from({ length: 320 }, () => 0.1) };

    const raw = JSON.parse(rawTextOf({ vector, labels: [{ label: 'a', score: 1 }], uploadedAt: at(0) }));

    expect(raw).to.deep.equal({
      labels: [{ label: 'a', score: 1 }],
      uploadedAt: '1970-01-01T00:00:00.000Z',
      vector: '320 numbers',
    });
  });

  it('are shown whatever the record holds', () => {
    const fields = ['timings', 'opinion', 'correction', 'uploadedAt', 'updatedAt', 'category', 'vector'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...fields), fc.anything()), (data) => {
        expect(eventsOf(data, imageOf('1', data))).to.be.an('array');
        expect(timingsOf(data)).to.be.an('array');
        expect(rawTextOf(data)).to.be.a('string');
      }),
    );
  });
});
