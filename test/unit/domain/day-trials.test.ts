import type { DayRow } from '@hangtag/shared/domain/report/day-row.js';
import { DayTrials } from '@hangtag/shared/domain/report/day-trials.js';
import { ReviewPicks } from '@hangtag/shared/domain/report/review-picks.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import { expect } from 'chai';
import { aRow } from '../../fixtures/day-rows.js';
import { aCorrection, MODEL } from '../../fixtures/records.js';

const ON_TRIAL = { id: 'shop', version: '2', sha256: 'b' };
const tried = (name: string, category: string, facts: Partial<DayRow> = {}): DayRow =>
  aRow({
    name,
    category: 'Tops',
    shadow: { model: ON_TRIAL, category, confidence: 0.9, inferMs: 3 },
    ...facts,
  });

describe('The trials of a day', () => {
  it('compare the images that both models labelled, and count accuracy on the images that were judged on the day', () => {
    const trials = new DayTrials();
    for (const name of ['a', 'b', 'c']) trials.addImage(tried(name, 'Tops'));
    trials.addImage(tried('d', 'Heels', { correction: aCorrection({ category: 'Heels' }) }));
    trials.addImage(aRow({ name: 'e', shadow: null }));
    trials.addCorrection(tried('old', 'Heels', { correction: aCorrection({ category: 'Heels' }) }));
    trials.addCorrection(aRow({ correction: aCorrection({ category: 'Heels' }) }));

    const [trial, ...others] = trials.figures(mulberry32(1));

    expect(others).to.deep.equal([]);
    expect(trial?.active).to.deep.equal({ id: MODEL.id, version: MODEL.version });
    expect(trial?.shadow).to.deep.equal({ id: 'shop', version: '2' });
    expect(trial).to.include({ images: 4, agreement: 0.75 });
    expect(trial?.flips).to.deep.equal([{ from: 'Tops', to: 'Heels', n: 1, examples: ['d'] }]);
    expect(trial?.judged).to.deep.include({ n: 1, difference: 1, interval: [1, 1] });
  });

  it('compare 20,000 images at most, so that the memory does not depend on their number', () => {
    const trials = new DayTrials();
    const row = tried('a', 'Tops');
    for (let count = 0; count < 20_001; count += 1) trials.addImage(row);

    expect(trials.figures(mulberry32(1))[0]).to.include({ images: 20_000 });
  });

  it('are one for each pair of models, in the order of their names', () => {
    const trials = new DayTrials();
    for (const version of ['2', '1'])
      trials.addImage(
        tried('a', 'Tops', {
          shadow: { model: { ...ON_TRIAL, version }, category: 'Tops', confidence: 1, inferMs: 1 },
        }),
      );

    expect(trials.figures(mulberry32(1)).map(({ shadow }) => shadow.version)).to.deep.equal(['1', '2']);
  });
});

describe('Pictures to review', () => {
  it('begin with those of which a model on trial is sure that they are something else, until somebody judges them', () => {
    const disputed = {
      model: ON_TRIAL,
      category: 'Heels',
      confidence: 0.99,
      inferMs: 3,
      disputes: true,
    } as const;
    const picks = new ReviewPicks(3);
    picks.add(aRow({ name: 'unsure', status: 'review', confidence: 0.1 }));
    picks.add(aRow({ name: 'disputed', status: 'done', confidence: 0.9, shadow: disputed }));
    picks.add(aRow({ name: 'judged', status: 'done', shadow: disputed, correction: aCorrection() }));
    picks.add(aRow({ name: 'agreed', status: 'done', confidence: 0.9 }));

    expect(picks.rows().map(({ name }) => name)).to.deep.equal(['disputed', 'unsure']);
  });
});
