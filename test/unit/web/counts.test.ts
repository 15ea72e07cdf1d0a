import { setTimeout as pause } from 'node:timers/promises';
import type { Backend } from '@hangtag/web/backend.js';
import { Counts } from '@hangtag/web/counts.js';
import type { FeedState } from '@hangtag/web/feed.js';
import type { Filter } from '@hangtag/web/filter.js';
import { imageOf } from '@hangtag/web/image.js';
import { signal } from '@preact/signals';
import { expect } from 'chai';

/** The counts of a wall that has not read all of its images. */
function stage(count: Backend['count']) {
  const filter = signal<Filter>({});
  const feed = signal({ state: signal<FeedState>('live'), hasOlder: signal(true) });
  const images = signal([imageOf('a', { status: 'done' })]);
  return { filter, counts: new Counts({ feed, images, backend: signal({ count }) }, filter) };
}

describe('the counts of the wall', () => {
  it('are those of the filter that was chosen while another one was counted', async () => {
    const begun: (string | undefined)[] = [];
    let answer = () => {};
    const isAnswered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { counts, filter } = stage(async ({ category }) => {
      begun.push(category);
      await isAnswered;
      return category === 'Dress' ? 2 : 7;
    });
    counts.start();
    while (begun.length === 0) await pause(1);

    filter.value = { category: 'Dress' };
    answer();
    while (!begun.includes('Dress')) await pause(1);
    await pause(1);

    expect(counts.byStatus.value?.get('done')).to.equal(2);
  });
});
