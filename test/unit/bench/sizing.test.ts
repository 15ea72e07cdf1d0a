import { costOf, totalOf } from '@hangtag/bench/cost.js';
import { readResults } from '@hangtag/bench/results.js';
import { cheapestSize, type MeasuredFunction, measuredIn, usageOf } from '@hangtag/bench/sizing.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { usdPerImage } from '@hangtag/shared/domain/cost.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';

const QUICK: MeasuredFunction = {
  cpuSeconds: 0.004,
  aloneSeconds: 0.01,
  memoryOn: () => 200,
  usableCores: 1,
};

describe('The size that a function should declare', () => {
  for (const name of ['ingest', 'classify'] as const) {
    it(`is declared by ${name}, as computed from bench/baseline.json`, async () => {
      const measured = measuredIn((await readResults(fromRoot('bench/baseline.json'))).figures);
      const declared = FUNCTIONS.find((each) => each.name === name)?.resources;

      const cheapest = cheapestSize(measured[name], PRICES);
      const advice =
        `bench/baseline.json asks for ${JSON.stringify(cheapest)} of ${name}. If it was made on an idle machine, ` +
        'declare that in functions/src/platform/resources.ts and shared/src/domain/cost.ts, then run `npm run topology`';
      expect(declared, advice).to.include(cheapest);
    });
  }

  it('is the same if the machine of the baseline was half as fast', async () => {
    const { figures } = await readResults(fromRoot('bench/baseline.json'));
    const slower = figures.map((figure) =>
      /^function\.\w+\.(cpu|alone)_ms$|^infer\./.test(figure.name)
        ? { ...figure, median: 2 * figure.median }
        : figure,
    );

    for (const name of ['ingest', 'classify'] as const) {
      expect(cheapestSize(measuredIn(slower)[name], PRICES)).to.deep.equal(
        cheapestSize(measuredIn(figures)[name], PRICES),
      );
    }
  });

  it('makes an image cost what budgets and reports estimate', async () => {
    const measured = measuredIn((await readResults(fromRoot('bench/baseline.json'))).figures);
    const functions = (['ingest', 'classify'] as const).map((name) =>
      usageOf(measured[name], cheapestSize(measured[name], PRICES)),
    );
    const operations = { reads: 0, writes: 2, messages: 1, messageBytes: 231, downloads: 1 };

    const cost = costOf({ ...operations, imageBytes: 0, documentBytes: 0, functions }, 1_000_000, PRICES);

    expect(totalOf(cost)).to.be.closeTo(usdPerImage(PRICES), 1e-12);
  });

  it('is one image at a time on a part of a core, at a million images a month', () => {
    expect(cheapestSize(QUICK, PRICES)).to.deep.equal({ memory: '256MiB', cpu: 0.167, concurrency: 1 });
  });

  it('is a whole core that images share, if many arrive', () => {
    expect(cheapestSize(QUICK, PRICES, 1e9)).to.deep.equal({ memory: '256MiB', cpu: 1, concurrency: 3 });
  });

  it('has the memory that was measured, with a tenth to spare', () => {
    expect(cheapestSize({ ...QUICK, memoryOn: () => 230 }, PRICES)).to.include({ memory: '256MiB' });
    expect(cheapestSize({ ...QUICK, memoryOn: () => 231 }, PRICES)).to.include({ memory: '512MiB' });
  });

  it('is shared if 100 instances with one image at a time cannot serve 1,000 images a second', () => {
    expect(cheapestSize({ ...QUICK, aloneSeconds: 0.09 }, PRICES)).to.include({ concurrency: 23 });
  });

  it('does not exist for a function that needs more memory than any size has', () => {
    expect(() => cheapestSize({ ...QUICK, memoryOn: () => 1_000 }, PRICES)).to.throw(RangeError);
  });
});
