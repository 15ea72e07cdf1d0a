import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { BILLABLE_STATUSES, dailyImages, shareOf } from '@hangtag/shared/domain/budget.js';
import { estimateOf, INSTANCES, usdPerImage } from '@hangtag/shared/domain/cost.js';
import { aggregationReads, PRICES, type PriceList } from '@hangtag/shared/domain/prices.js';
import { STATUSES } from '@hangtag/shared/domain/record.js';
import { estimateCost } from '@hangtag/shared/domain/report/cost.js';
import { expect } from 'chai';

/** Each price has its own decimal places, so that a sum shows how often each was charged. */
const PLACES: PriceList = {
  asOf: '2026-01',
  region: 'nowhere',
  usd: {
    read: 1,
    write: 1e2,
    message: 1e4,
    list: 1e6,
    download: 1e8,
    invocation: 1e10,
    cpuSecond: 1e-3,
    gibSecond: 1e-5,
    objectGibMonth: 0,
    documentGibMonth: 0,
  },
};

describe('the cost of a sweep', () => {
  it('is that of its operations and of labelling the images that it queues', () => {
    const spent = { reads: 5, writes: 3, messages: 10, lists: 2, stats: 4 };

    const { usd, ...estimate } = estimateOf(spent, PLACES);

    expect(estimate).to.deep.equal({
      images: 10,
      reads: 15,
      writes: 13,
      messages: 10,
      cpuSeconds: 0.6,
      seconds: 0.03,
    });
    // 0.6 core seconds, each with half a GiB second.
    expect(usd).to.be.closeTo(15 + 13e2 + 10e4 + 2e6 + 14e8 + 10e10 + 0.6 * (1e-3 + 0.5e-5), 1e-5);
    expect(estimateOf({ ...spent, messages: 0 }, PLACES).usd).to.equal(5 + 3e2 + 2e6 + 4e8);
  });

  it('of one image is that of two writes, two messages, two invocations, an upload, a download and two billed steps', () => {
    const instancesUsd = 0.1 * (0.167 + 0.583) * 1e-3 + 0.1 * 1.25 * 1e-5;

    expect(usdPerImage(PLACES)).to.be.closeTo(2 * 1e2 + 2 * 1e4 + 1e6 + 1e8 + 2 * 1e10 + instancesUsd, 1e-5);
    // The share of the instances is lost in the last digits above.
    const free = { read: 0, write: 0, message: 0, list: 0, download: 0, invocation: 0 };
    expect(usdPerImage({ ...PLACES, usd: { ...PLACES.usd, ...free } })).to.be.closeTo(instancesUsd, 1e-12);
  });

  it('is billed for instances of the memory that the functions declare, one image at a time for uploads', () => {
    for (const [name, { gib }] of Object.entries(INSTANCES)) {
      const declared = FUNCTIONS.find((entry) => entry.name === name)?.resources;
      expect(declared?.memory, name).to.equal(gib < 1 ? `${gib * 1024}MiB` : `${gib}GiB`);
      if (name !== 'classifyBackfill') expect(declared?.concurrency, name).to.equal(1);
    }
  });

  it('uses the prices of one region and month, which are part of the result', () => {
    expect(PRICES.asOf).to.match(/^20\d\d-\d\d$/);
    expect(PRICES.region).to.equal('us-central1');
    const { read, write, list, download, invocation, message } = PRICES.usd;
    expect([read * 100_000, write * 100_000]).to.deep.equal([0.03, 0.09]);
    expect([list * 10_000, download * 10_000]).to.deep.equal([0.05, 0.004]);
    expect(invocation * 1_000_000).to.equal(0.4);
    // A TiB costs 40 USD; a message counts as 1,000 bytes, once sent and once delivered.
    expect(message * (2 ** 40 / 2_000)).to.equal(40);
  });

  it('counts an aggregation as one read for a thousand entries, and at least one', () => {
    expect([0, 1, 1_000, 1_001, 5_000].map(aggregationReads)).to.deep.equal([1, 1, 1, 2, 5]);
  });
});

describe('the cost of a day', () => {
  it('is listed by product', () => {
    const { lines, totalUsd } = estimateCost({ images: 100_000, computeMs: 4_000_000, reportReads: 20_000 });

    expect(lines).to.deep.equal([
      { what: 'firestore', usd: 0.18 + 0.006 },
      // 100,000 steps of 100 ms of both instances.
      { what: 'functions', usd: 0.08 + 0.21125 },
      { what: 'messages', usd: Number((200_000 * PRICES.usd.message).toFixed(6)) },
      { what: 'storage', usd: 0.5 + 0.04 },
    ]);
    expect(totalUsd).to.be.closeTo(
      lines.reduce((sum, { usd }) => sum + usd, 0),
      1e-9,
    );
  });

  it('is that of the processor time where images need more than one step', () => {
    const of = (computeMs: number) =>
      estimateCost({ images: 1_000, computeMs, reportReads: 0 }).lines.find(
        ({ what }) => what === 'functions',
      );

    expect(of(50_000)).to.deep.equal(of(0));
    // 1,000 s of processor time on 0.583 of a core.
    expect(of(1_000_000)?.usd).to.be.closeTo(
      0.0008 + 0.1 * 1_000 * (0.167 * 0.000024 + 0.25 * 0.0000025) + 1_000 * (0.000024 + 0.0000025 / 0.583),
      1e-6,
    );
  });

  it('has what opinions of a vision model cost', () => {
    const usage = { images: 10, computeMs: 0, reportReads: 0 };

    const { lines, totalUsd } = estimateCost({ ...usage, opinionsUsd: 0.25 });

    expect(lines.at(-1)).to.deep.equal({ what: 'opinions', usd: 0.25 });
    expect(totalUsd).to.be.closeTo(estimateCost(usage).totalUsd + 0.25, 1e-9);
  });
});

describe('the images that a budget allows', () => {
  it('are the smaller of the limit of images and those that the limit of money pays', () => {
    expect(dailyImages({ imagesPerDay: 10, usdPerDay: 1 }, 0.3)).to.equal(3);
    expect(dailyImages({ imagesPerDay: 2, usdPerDay: 1 }, 0.3)).to.equal(2);
    expect(dailyImages({}, 0.3)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('are reduced by every image except skipped and deferred ones', () => {
    const free = STATUSES.filter((status) => !BILLABLE_STATUSES.some((billable) => billable === status));
    expect(free).to.deep.equal(['skipped', 'deferred']);
  });

  const terms = { limit: 100, spent: 40, unseen: 10, workers: 5, nowMs: 1_000, dayEndsMs: 500_000 };

  it('are shared by the workers, for a minute at most', () => {
    expect(shareOf(terms)).to.deep.equal({ left: 10, until: 61_000 });
    expect(shareOf({ ...terms, dayEndsMs: 9_000 })).to.deep.equal({ left: 10, until: 9_000 });
    expect(shareOf({ ...terms, workers: 500 }).left).to.equal(1);
  });

  it('are zero until the images in progress are counted, if these may be the last', () => {
    expect(shareOf({ ...terms, unseen: 60 })).to.deep.equal({ left: 0, until: 1_000 });
    expect(shareOf({ ...terms, unseen: 59 })).to.deep.equal({ left: 1, until: 61_000 });
  });

  it('are zero for the rest of the day after the limit is reached', () => {
    expect(shareOf({ ...terms, spent: 100 })).to.deep.equal({ left: 0, until: 500_000 });
  });
});
