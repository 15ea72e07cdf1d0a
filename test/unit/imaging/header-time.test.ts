/** The process that serves reads headers too: one file must not stop it. */
import { decodeDemand } from '@hangtag/shared/imaging/decode-cost.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import { tiff } from '../../fixtures/tiff.js';

const FILE_BYTES = 30_000_000;
/** In readings of every byte. Measured: at most 1.1; a reader with two calls for each fill byte took 10. */
const MOST_READINGS = 4;
const ATTEMPTS = 3;

/** Files as large as are accepted, made of the shortest parts that their headers can have. */
const FILES: Readonly<Record<string, () => Buffer>> = {
  'JPEG with fill bytes before a marker': () => beginningWith(Buffer.from([0xff, 0xd8]), Buffer.from([0xff])),
  'JPEG with fill bytes before each marker': () =>
    beginningWith(
      Buffer.from([0xff, 0xd8]),
      Buffer.concat([Buffer.alloc(7_000, 0xff), Buffer.from([0xe0, 0, 2])]),
    ),
  'JPEG with empty segments': () => beginningWith(Buffer.from([0xff, 0xd8]), Buffer.from([0xff, 0xe0, 0, 2])),
  'AVIF with empty boxes': () =>
    beginningWith(
      Buffer.from('\0\0\0\x10ftypavif\0\0\0\0', 'latin1'),
      Buffer.from('\0\0\0\x08free', 'latin1'),
    ),
  'TIFF with a tag of 14 million values': () => {
    const file = Buffer.concat([
      tiff({ width: 8, height: 8, data: Buffer.alloc(192) }),
      Buffer.alloc(FILE_BYTES),
    ]);
    const bitsPerSample = file.indexOf(Buffer.from([2, 1, 3, 0]));
    file.writeUInt32LE(14_000_000, bitsPerSample + 4);
    return file;
  },
};

function beginningWith(head: Buffer, part: Buffer): Buffer {
  return Buffer.concat([head, Buffer.alloc(FILE_BYTES, part)]);
}

function sumOf(file: Buffer): number {
  let sum = 0;
  for (let at = 0; at < file.length; at += 1) sum += file[at] ?? 0;
  return sum;
}

/** @returns processor time of the fastest of some attempts: the others include what other programs cost */
function leastMs(work: () => unknown): number {
  const attempts = Array.from({ length: ATTEMPTS }, () => {
    const before = process.cpuUsage();
    work();
    return process.cpuUsage(before).user / 1_000;
  });
  return Math.min(...attempts);
}

describe('The header of a large file', () => {
  for (const [name, fileOf] of Object.entries(FILES)) {
    it(`takes little processor time: ${name}`, () => {
      const file = fileOf();
      const readingMs = leastMs(() => sumOf(file));

      const headerMs = leastMs(() => decodeDemand(file, DEFAULT_LIMITS));

      expect(headerMs / readingMs).to.be.below(MOST_READINGS);
    });
  }
});
