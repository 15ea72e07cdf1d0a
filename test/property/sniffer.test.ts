import { ImageError } from '@hangtag/shared/errors.js';
import { sniffFormat } from '@hangtag/shared/imaging/format.js';
import { readHeader } from '@hangtag/shared/imaging/headers/read-header.js';
import { expect } from 'chai';
import fc from 'fast-check';

/** Pieces of which a pattern with alternatives could make much of little. */
const PIECES = [
  '<!---->',
  '<!--',
  '-->',
  '<?xml',
  '?>',
  '<!DOCTYPE',
  '<!DOCTYPE svg [',
  ']',
  '[',
  '>',
  ' ',
  '\n',
  '<svg',
  'svg:',
  'x',
  '\xef\xbb\xbf',
];
const WINDOW_CHARACTERS = 4_096;

function sniff(text: string): string {
  try {
    return sniffFormat(Buffer.from(text, 'latin1'));
  } catch (error) {
    if (error instanceof ImageError) return error.code;
    throw error;
  }
}

/** The shortest of some tries, as a busy machine makes any of them longer. */
function leastMsOf(work: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return Math.min(...times);
}

const READINGS = 1_000;

/** To read every byte of the window a thousand times, on this machine: some 4 ms. */
function readingsMs(): number {
  const window = new Uint8Array(WINDOW_CHARACTERS).fill(1);
  let sum = 0;
  return leastMsOf(() => {
    for (let reading = 0; reading < READINGS; reading += 1) for (const byte of window) sum += byte;
    return sum;
  });
}

describe('Whatever the first bytes of a file are', () => {
  const mostMs = readingsMs();

  it('to find its format takes less than a thousand readings of them', () => {
    const sequences = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sequences, fc.constantFrom('', 'x', '<svg>'), (unit, end) => {
        const text =
          unit
            .join('')
            .repeat(WINDOW_CHARACTERS)
            .slice(0, WINDOW_CHARACTERS - end.length) + end;
        expect(leastMsOf(() => sniff(text))).to.be.below(mostMs);
      }),
      { numRuns: 300 },
    );
  });

  it('and grows with their number, not faster: 26 comments and an x took 406 ms once', () => {
    for (const count of [18, 26, 500])
      expect(leastMsOf(() => sniff(`${'<!---->'.repeat(count)}x`))).to.be.below(mostMs);
    expect(sniff(`${'<!---->'.repeat(26)}<svg>`)).to.equal('unsupported-format');
  });

  it('to read its header takes as little, or fails', () => {
    const signatures = {
      jpeg: '\xff\xd8\xff\xe0\0\x02',
      png: '\x89PNG\r\n\x1a\n',
      webp: 'RIFF____WEBPVP8X',
      gif: 'GIF89a',
      tiff: 'II*\0\x08\0\0\0',
      avif: '\0\0\0\x10ftypavif\0\0\0\0\0\0\0\x08meta',
      heic: '\0\0\0\x10ftypheic\0\0\0\0\0\0\0\x08meta',
      bmp: 'BM',
    } as const;
    const formats = Object.keys(signatures) as (keyof typeof signatures)[];
    const body = fc.oneof(
      fc.uint8Array({ minLength: 0, maxLength: 200 }),
      fc
        .array(fc.constantFrom(0xff, 0xe0, 0, 1, 2, 8), { maxLength: 200 })
        .map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...formats),
        body,
        fc.integer({ min: 1, max: 5_000 }),
        (format, part, times) => {
          const file = Buffer.concat([
            Buffer.from(signatures[format], 'latin1'),
            ...Array.from({ length: times }, () => part),
          ]);
          expect(leastMsOf(() => readHeader(format, file))).to.be.below(mostMs);
        },
      ),
      { numRuns: 500 },
    );
  });
});
