import { quantile, Results } from '@hangtag/emulators/start/results.js';
import { Settling } from '@hangtag/emulators/start/settling.js';
import { expect } from 'chai';
import { aRecord } from '../fixtures/records.js';

describe('results of a run', () => {
  it('counts an image as waiting until the listener receives its result', () => {
    const results = new Results();

    results.expect('a.jpg', 1_000);

    expect(results.waiting).to.equal(1);
    expect(results.summary()).to.include({ images: 1, labelled: 0, waiting: 1, accuracy: null });
  });

  it('measures from the end of the upload to the listener', () => {
    const results = new Results();
    results.expect('a.jpg', 1_000);

    const row = results.see(aRecord({ name: 'a.jpg', status: 'done', uploadedAt: 1_100 }), 1_180);

    expect(row.ms).to.equal(80);
    expect(results.summary()).to.include({ labelled: 1, waiting: 0, p50Ms: 80, p95Ms: 80 });
  });

  it('computes accuracy over the images with a known label and a category', () => {
    const results = new Results();
    results.expect('right.jpg', 0, 'Heels');
    results.expect('wrong.jpg', 0, 'Heels');
    results.expect('unknown.jpg', 0);
    results.expect('failed.jpg', 0, 'Heels');

    for (const [name, category] of [
      ['right.jpg', 'Heels'],
      ['wrong.jpg', 'Tops'],
      ['unknown.jpg', 'Tops'],
      ['failed.jpg', null],
    ] as const) {
      results.see(aRecord({ name, category, status: category === null ? 'failed' : 'done' }), 10);
    }

    expect(results.summary().accuracy).to.equal(0.5);
  });

  it('keeps waiting for an image whose previous generation was deleted by the upload', () => {
    const results = new Results();
    results.expect('a.jpg', 0);

    results.see(aRecord({ name: 'a.jpg', status: 'deleted' }), 5);
    const before = results.waiting;
    results.see(aRecord({ name: 'a.jpg', status: 'done' }), 10);

    expect([before, results.waiting]).to.deep.equal([1, 0]);
  });

  it('keeps an image that the bucket rejected, with the reason', () => {
    const results = new Results();
    results.expect('bad\nname', 0);

    results.refuse('bad\nname', 'invalid-name');

    expect(results.summary()).to.include({ images: 1, failed: 1, waiting: 0 });
  });

  it('uses nearest-rank quantiles', () => {
    const times = [10, 20, 30, 40];

    const found = [0.25, 0.5, 0.51, 0.95, 1].map((share) => quantile(times, share));

    expect(found).to.deep.equal([10, 20, 30, 40, 40]);
    expect(quantile([], 0.5)).to.equal(null);
  });
});

describe('waiting for every image', () => {
  it('ends once the last waiting image is settled', async () => {
    const results = new Results();
    const settling = new Settling(results, 60_000);
    results.expect('a.jpg', 0);

    const all = settling.all();
    results.see(aRecord({ name: 'a.jpg', status: 'failed' }), 10);
    settling.touch();

    expect(await all).to.equal('settled');
  });

  it('ends with a failure if nothing changes for a while', async () => {
    const results = new Results();
    const settling = new Settling(results, 5);
    results.expect('lost.jpg', 0);

    const outcome = await settling.all();

    expect(outcome).to.equal('stalled');
  });
});
