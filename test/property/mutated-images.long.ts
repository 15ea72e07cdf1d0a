import { readFile } from 'node:fs/promises';
import { ImageError } from '@hangtag/shared/errors.js';
import { isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
import type { ClassifierPool } from '@hangtag/shared/inference/isolation/pool.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { bmp } from '../fixtures/bmp.js';
import { COLOURS_MODEL, fromRoot } from '../fixtures/paths.js';
import { quartered } from '../fixtures/pictures.js';
import { peakRssBytes } from '../support/process-memory.js';

const MUTATIONS = 10_000;
const SEED = 20_261_121;

interface Edit {
  readonly kind: 'overwrite' | 'flip' | 'cut' | 'repeat' | 'insert';
  /** The position, as a share of the file's length. */
  readonly at: number;
  readonly length: number;
  readonly value: number;
}

interface Mutation {
  readonly format: string;
  readonly edits: readonly Edit[];
}

async function originals(): Promise<ReadonlyMap<string, Buffer>> {
  const heic = await readFile(fromRoot('test/fixtures/pictures/quartered.heic'));
  const packed = {
    jpeg: quartered().jpeg(),
    'progressive jpeg': quartered().jpeg({ progressive: true }),
    png: quartered().png(),
    'interlaced png': quartered().png({ progressive: true }),
    webp: quartered().webp(),
    'lossless webp': quartered().webp({ lossless: true }),
    gif: quartered().gif(),
    tiff: quartered().tiff({ compression: 'deflate' }),
    avif: quartered().avif({ effort: 0 }),
  };
  const entries = Object.entries(packed).map(
    async ([name, image]) => [name, await image.toBuffer()] as const,
  );
  const palette = [
    [255, 0, 0],
    [0, 255, 0],
  ];
  const runs = bmp({
    width: 4,
    height: 4,
    bitsPerPixel: 8,
    compression: 1,
    palette,
    pixels: [4, 0, 0, 0, 0, 3, 1, 1, 0, 0, 0, 1],
  });
  return new Map([...(await Promise.all(entries)), ['heic', heic], ['bmp', runs]]);
}

function mutationOf(formats: readonly string[]): fc.Arbitrary<Mutation> {
  const edit = fc.record({
    kind: fc.constantFrom<Edit['kind']>('overwrite', 'flip', 'cut', 'repeat', 'insert'),
    // Evenly distributed: fast-check's preference for extremes would mostly choose the first byte.
    at: fc.noBias(fc.integer({ min: 0, max: 999_999 })).map((millionths) => millionths / 1_000_000),
    length: fc.integer({ min: 1, max: 16 }),
    value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 })),
  });
  return fc.record({
    format: fc.constantFrom(...formats),
    edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
  });
}

function apply(file: Buffer, { kind, at, length, value }: Edit): Buffer {
  const start = Math.min(Math.floor(at * file.length), Math.max(0, file.length - 1));
  const end = Math.min(start + length, file.length);
  const [before, piece, after] = [file.subarray(0, start), file.subarray(start, end), file.subarray(end)];
  switch (kind) {
    case 'overwrite':
      return Buffer.concat([before, Buffer.alloc(piece.length, value), after]);
    case 'flip':
      return Buffer.concat([before, piece.map((byte) => byte ^ (1 << (value % 8))), after]);
    case 'cut':
      return Buffer.concat([before, after]);
    case 'repeat':
      return Buffer.concat([before, piece, piece, after]);
    case 'insert':
      return Buffer.concat([before, Buffer.alloc(length, value), piece, after]);
  }
}

describe('mutated pictures', function () {
  this.timeout(600_000);
  let pool: ClassifierPool;

  before(async () => {
    pool = await isolateClassifier(COLOURS_MODEL, {
      engine: 'onnx',
      timeLimitMs: 10_000,
    });
  });

  after(() => pool.close());

  it(`${MUTATIONS} of them: each is labelled or rejected with a reason, and no worker dies`, async () => {
    const files = await originals();
    const mutations = fc.sample(mutationOf([...files.keys()]), { numRuns: MUTATIONS, seed: SEED });
    const tally = new Map<string, number>();
    const deaths: { readonly mutation: Mutation; readonly outcome: string }[] = [];
    const waiting = mutations.values();
    const workOff = async () => {
      for (const mutation of waiting) {
        const bytes = mutation.edits.reduce(apply, files.get(mutation.format) ?? Buffer.alloc(0));
        const outcome = await outcomeOf(pool, bytes);
        tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
        if (outcome.startsWith('!') || outcome === 'too-slow') deaths.push({ mutation, outcome });
      }
    };
    await Promise.all(Array.from({ length: 4 }, workOff));

    const peaks = await Promise.all(pool.workerPids.map(peakRssBytes));
    console.log(
      '     ',
      Object.fromEntries([...tally].sort()),
      `peak ${peaks.map((peak) => Math.round((peak ?? 0) / 1e6))} MB`,
    );
    expect(deaths).to.deep.equal([]);
    expect([...tally.values()].reduce((total, count) => total + count)).to.equal(MUTATIONS);
    // A decoder that accepts everything or nothing would pass the checks above.
    expect(tally.get('labelled')).to.be.above(MUTATIONS / 20);
    expect(tally.get('corrupt')).to.be.above(MUTATIONS / 20);
  });
});

function outcomeOf(pool: ClassifierPool, bytes: Uint8Array): Promise<string> {
  return pool.classify(bytes).then(
    () => 'labelled',
    (error: unknown) => (error instanceof ImageError ? error.code : `! ${error}`),
  );
}
