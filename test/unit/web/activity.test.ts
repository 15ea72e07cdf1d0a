import { activityOf } from '@hangtag/web/activity.js';
import { imageOf } from '@hangtag/web/image.js';
import { expect } from 'chai';

const MINUTE_MS = 60_000;
const START = Date.parse('2026-11-20T12:00:00Z');
const labelled = (minute: number, latencyMs: number) => {
  const labeledAt = START + minute * MINUTE_MS;
  return imageOf('x', { uploadedAt: labeledAt - latencyMs, labeledAt });
};

describe('the activity on the wall', () => {
  it('has the images and the median time of each minute, up to the latest label', () => {
    const images = [
      labelled(0, 300),
      labelled(0, 100),
      labelled(0, 200),
      labelled(2, 5),
      imageOf('queued', {}),
    ];

    const { counts, latenciesMs } = activityOf(images, 'all');

    expect(counts).to.have.length(30);
    expect(counts.slice(-4)).to.deep.equal([0, 3, 0, 1]);
    expect(latenciesMs.slice(-4)).to.deep.equal([null, 200, null, 5]);
  });

  it('leaves out what is older than half an hour', () => {
    const { counts } = activityOf([labelled(0, 1), labelled(29, 1), labelled(30, 1)], 'all');

    expect([counts.at(0), counts.at(-2), counts.at(-1)]).to.deep.equal([0, 1, 1]);
  });

  it('may lack images of the last minute if older images were not read and none is of an earlier minute', () => {
    const minute = [labelled(2, 1), labelled(2, 1)];

    expect(activityOf(minute, 'newest').isLastMinuteCut).to.equal(true);
    expect(activityOf(minute, 'all').isLastMinuteCut).to.equal(false);
    expect(activityOf([labelled(1, 1), ...minute], 'newest').isLastMinuteCut).to.equal(false);
  });

  it('is empty without labels', () => {
    expect(activityOf([], 'all').counts.every((count) => count === 0)).to.equal(true);
  });
});
