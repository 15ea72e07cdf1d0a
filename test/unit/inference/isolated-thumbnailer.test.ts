import { readFile } from 'node:fs/promises';
import { CrashError, TransientError } from '@hangtag/shared/errors.js';
import { IsolatedThumbnailer } from '@hangtag/shared/inference/isolated-thumbnailer.js';
import type { ClassifierPool } from '@hangtag/shared/inference/isolation/pool.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { flat } from '../../fixtures/pictures.js';
import { peakRssBytes } from '../../support/process-memory.js';
import { rejection } from '../../support/rejection.js';

describe('The isolated thumbnailer', () => {
  let thumbnailer: IsolatedThumbnailer;
  const picture = () => flat('#d03020', { width: 400, height: 200 }).png().toBuffer();

  beforeEach(() => {
    thumbnailer = new IsolatedThumbnailer();
  });
  afterEach(() => thumbnailer.close());

  it('makes a WebP', async () => {
    const webp = Buffer.from(await thumbnailer.thumbnail(await picture()));
    expect(webp.subarray(8, 12).toString()).to.equal('WEBP');
  });

  it('fails for a picture that needs too much memory, in another process, and makes the next one', async () => {
    // An AVIF of 1 kB with 50 megapixels, which needs more than 150 MB when it is decoded.
    const bomb = await readFile(fromRoot('test/fixtures/pictures/bomb-50mp.avif'));
    const good = await picture();
    const before = await peakRssBytes(process.pid);

    const error = await rejection(thumbnailer.thumbnail(bomb));

    expect(error).to.be.instanceOf(Error).and.not.instanceOf(TransientError);
    expect(await thumbnailer.thumbnail(good)).to.be.instanceOf(Uint8Array);
    const after = await peakRssBytes(process.pid);
    if (before !== undefined && after !== undefined) expect(after - before).to.be.below(50_000_000);
  });

  it('starts again after it was closed', async () => {
    const good = await picture();
    await thumbnailer.thumbnail(good);
    await thumbnailer.close();
    expect(await thumbnailer.thumbnail(good)).to.be.instanceOf(Uint8Array);
  });

  it('starts again after its process could not be started', async () => {
    const pool = { classify: async (image: Uint8Array) => image } as ClassifierPool<Uint8Array>;
    const starts = [Promise.reject(new CrashError('The worker ended')), Promise.resolve(pool)];
    const unlucky = new IsolatedThumbnailer(async () => starts.shift() ?? pool);

    expect(await rejection(unlucky.thumbnail(Buffer.from('a')))).to.be.instanceOf(CrashError);
    expect(await unlucky.thumbnail(Buffer.from('b'))).to.deep.equal(Buffer.from('b'));
  });

  it('can be closed before the first thumbnail', async () => {
    await thumbnailer.close();
  });
});
