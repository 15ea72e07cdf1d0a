import { billedSeconds, costOf, type ImageUsage, totalOf } from '@hangtag/bench/cost.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import { expect } from 'chai';

const LABELLING = { cpuSeconds: 0.02, aloneSeconds: 0.05, cores: 2, gib: 1, concurrency: 8 };
const USAGE: ImageUsage = {
  reads: 1,
  writes: 2,
  messages: 1,
  messageBytes: 200,
  downloads: 1,
  imageBytes: 2 ** 20,
  documentBytes: 2 ** 10,
  functions: [LABELLING],
};

describe('The cost of an image', () => {
  it('is that of its operations at list prices, with the message of the upload', () => {
    const { firestore, messages, objects } = costOf(USAGE, 1_000_000, PRICES);

    expect(firestore).to.be.closeTo(PRICES.usd.read + 2 * PRICES.usd.write, 1e-15);
    expect(messages).to.be.closeTo(2 * PRICES.usd.message, 1e-15);
    expect(objects).to.be.closeTo(PRICES.usd.list + PRICES.usd.download, 1e-15);
  });

  it('counts a message by its size if that is above the billed minimum', () => {
    const { messages } = costOf({ ...USAGE, messageBytes: 2_500 }, 1_000_000, PRICES);

    expect(messages).to.be.closeTo(3.5 * PRICES.usd.message, 1e-15);
  });

  it('includes an image for a month and a record for three', () => {
    const { kept } = costOf({ ...USAGE, imageBytes: 2 ** 30, documentBytes: 2 ** 30 }, 1, PRICES);

    expect(kept).to.be.closeTo(PRICES.usd.objectGibMonth + 3 * PRICES.usd.documentGibMonth, 1e-9);
  });

  it('is the sum of its parts', () => {
    const cost = costOf(USAGE, 1_000, PRICES);

    expect(totalOf(cost)).to.be.closeTo(
      Object.values(cost).reduce((sum, part) => sum + part, 0),
      1e-15,
    );
  });

  it('decreases with volume, down to the processor time', () => {
    const [few, some, many, most] = [1e3, 1e6, 1e9, 1e10].map((images) =>
      totalOf(costOf(USAGE, images, PRICES)),
    );

    expect(few).to.be.greaterThan(some ?? Number.NaN);
    expect(some).to.be.greaterThan(many ?? Number.NaN);
    expect(many).to.equal(most);
  });
});

describe('Billed instance time', () => {
  it('of rare images is a whole step of 100 ms each', () => {
    expect(billedSeconds(LABELLING, 1e-6)).to.be.closeTo(0.1, 1e-6);
    expect(billedSeconds({ ...LABELLING, aloneSeconds: 0.101 }, 1e-6)).to.be.closeTo(0.2, 1e-6);
  });

  it('of many images is their processor time, on cores that are used to 60 %', () => {
    expect(billedSeconds(LABELLING, 1e6)).to.be.closeTo(0.02 / 2 / 0.6, 1e-12);
  });

  it('in between is shared by concurrent images', () => {
    expect(billedSeconds(LABELLING, 10)).to.be.closeTo((1 - Math.exp(-1)) / 10, 1e-12);
  });

  it('of an instance that serves one image at a time is not shared', () => {
    expect(billedSeconds({ ...LABELLING, concurrency: 1 }, 1e6)).to.be.closeTo(0.1, 1e-12);
  });

  it('is longer on a part of a core, by the processor time', () => {
    const half = { cpuSeconds: 0.06, aloneSeconds: 0.05, cores: 0.5, gib: 1, concurrency: 1 };

    expect(billedSeconds({ ...half, cores: 1 }, 1)).to.be.closeTo(0.1, 1e-12);
    expect(billedSeconds(half, 1)).to.be.closeTo(0.2, 1e-12);
  });

  it('of many images that wait for other services is their share of the concurrency', () => {
    const waiting = { cpuSeconds: 0.001, aloneSeconds: 0.06, cores: 1, gib: 1, concurrency: 10 };

    expect(billedSeconds(waiting, 1e6)).to.be.closeTo(0.01, 1e-12);
  });
});
