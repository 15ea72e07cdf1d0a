import { mock } from 'node:test';
import { Results } from '@hangtag/emulators/start/results.js';
import { Settling } from '@hangtag/emulators/start/settling.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
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

  it('measures the first label of an upload, and not one that is made again', () => {
    const results = new Results();
    results.expect('a.jpg', 1_000);
    const labelled = (now: number, category: string) =>
      results.see(aRecord({ name: 'a.jpg', status: 'done', uploadedAt: 1_100, category }), now).ms;

    const first = labelled(1_180, 'Heels');
    results.see(aRecord({ name: 'a.jpg', status: 'queued', uploadedAt: 1_100 }), 90_000);

    expect([first, labelled(91_000, 'Tops')]).to.deep.equal([80, 80]);
    expect(results.summary()).to.include({ p50Ms: 80, p95Ms: 80 });
  });

  it('does not measure an image of an earlier run that is labelled again', () => {
    const results = new Results(50_000);

    results.see(aRecord({ name: 'a.jpg', status: 'queued', uploadedAt: 1_100 }), 60_000);
    const old = results.see(aRecord({ name: 'a.jpg', status: 'done', uploadedAt: 1_100 }), 61_000);
    const anew = results.see(
      aRecord({ name: 'a.jpg', status: 'done', uploadedAt: 70_000, category: 'Tops' }),
      70_300,
    );

    expect([old.ms, anew.ms]).to.deep.equal([null, 300]);
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

  it('still waits for an image whose previous generation was deleted by the upload', () => {
    const results = new Results();
    results.expect('a.jpg', 0);

    results.see(aRecord({ name: 'a.jpg', status: 'deleted' }), 5);
    const before = results.waiting;
    results.see(aRecord({ name: 'a.jpg', status: 'done' }), 10);

    expect([before, results.waiting]).to.deep.equal([1, 0]);
  });

  it('goes on waiting while the record is of the generation that the upload replaces', () => {
    const results = new Results();
    results.expect('a.jpg', 10_000);

    results.see(aRecord({ name: 'a.jpg', status: 'done', category: 'Tops', uploadedAt: 5_000 }), 10_010);
    const before = results.waiting;
    results.see(aRecord({ name: 'a.jpg', status: 'done', category: 'Heels', uploadedAt: 10_005 }), 10_020);

    expect([before, results.waiting]).to.deep.equal([1, 0]);
    expect(results.rows[0]).to.include({ category: 'Heels', ms: 15 });
  });

  it('uses the present record if the bucket already had the image, and states no time for it', () => {
    const results = new Results();
    results.expect('a.jpg', 10_000);
    results.keep('a.jpg');

    results.see(aRecord({ name: 'a.jpg', status: 'done', category: 'Tops', uploadedAt: 5_000 }), 10_010);

    expect(results.rows[0]).to.include({ category: 'Tops', ms: null });
    expect(results.unlabelled).to.equal(0);
  });

  it('keeps an image that the bucket rejected, with the reason', () => {
    const results = new Results();
    results.expect('bad\nname', 0);

    results.refuse('bad\nname', 'invalid-name');

    expect(results.summary()).to.include({ images: 1, failed: 1, waiting: 0 });
  });
});

describe('Waiting for every image', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  const SILENCE_MS = 3_000;

  function waitFor(names: readonly string[], stored: () => readonly ImageRecord[], patienceMs = 60_000) {
    const results = new Results();
    for (const name of names) results.expect(name, 0);
    const asked: (readonly string[])[] = [];
    const settling = new Settling({
      results,
      read: async (wanted) => {
        asked.push(wanted);
        return stored();
      },
      see: (record) => results.see(record, 10),
      silenceMs: SILENCE_MS,
      patienceMs,
    });
    return { results, settling, asked };
  }
  const afterSilence = async () => {
    mock.timers.tick(SILENCE_MS);
    await new Promise((resolve) => setImmediate(resolve));
  };

  it('ends once the last waiting image is settled', async () => {
    const { results, settling, asked } = waitFor(['a.jpg'], () => []);

    const all = settling.all();
    results.see(aRecord({ name: 'a.jpg', status: 'failed' }), 10);
    settling.touch();

    expect(await all).to.equal('settled');
    expect(asked).to.deep.equal([]);
  });

  it('finds the labels if the listener dropped every message', async () => {
    const stored = [
      aRecord({ name: 'a.jpg', status: 'done', category: 'Tops' }),
      aRecord({ name: 'b.jpg', status: 'failed' }),
    ];
    const { results, settling, asked } = waitFor(['a.jpg', 'b.jpg'], () => stored);

    const all = settling.all();
    await afterSilence();

    expect(await all).to.equal('settled');
    expect(asked).to.deep.equal([['a.jpg', 'b.jpg']]);
    expect(results.summary()).to.include({ labelled: 1, failed: 1, waiting: 0 });
  });

  it('gives up only after a read has shown that the image still waits', async () => {
    const { settling, asked } = waitFor(
      ['lost.jpg'],
      () => [aRecord({ name: 'lost.jpg', status: 'queued' })],
      1,
    );

    const all = settling.all();
    await afterSilence();

    expect(await all).to.equal('stalled');
    expect(asked).to.have.length(1);
  });

  it('continues if the records cannot be read for a moment', async () => {
    let isDown = true;
    const { settling, asked } = waitFor(['a.jpg'], () => {
      if (isDown) throw new Error('down');
      return [aRecord({ name: 'a.jpg', status: 'done' })];
    });

    const all = settling.all();
    await afterSilence();
    isDown = false;
    await afterSilence();
    await afterSilence();

    expect(await all).to.equal('settled');
    expect(asked).to.have.length(2);
  });

  it('reads nothing once it is closed', async () => {
    const { settling, asked } = waitFor(['a.jpg'], () => []);
    void settling.all();

    settling.close();
    await afterSilence();

    expect(asked).to.be.empty;
  });
});
