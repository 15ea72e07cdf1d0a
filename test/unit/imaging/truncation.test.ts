import type { Format } from '@hangtag/shared/imaging/format.js';
import { lacksItsEnd } from '@hangtag/shared/imaging/truncation.js';
import { expect } from 'chai';
import { bmp } from '../../fixtures/bmp.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** A box of an ISO base media file. */
function box(kind: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(kind, 4, 'latin1');
  return Buffer.concat([head, content]);
}

/** A box with a size of eight bytes. */
function largeBox(kind: string, content: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(1);
  head.write(kind, 4, 'latin1');
  head.writeBigUInt64BE(BigInt(16 + content.length), 8);
  return Buffer.concat([head, content]);
}

/** A TIFF with a directory of this many entries after four bytes of pixels. */
function tiff(order: 'II' | 'MM', entries: number): Buffer {
  const file = Buffer.alloc(14 + entries * 12);
  const little = order === 'II';
  file.write(`${order}${little ? '*\0' : '\0*'}`, 'latin1');
  if (little) file.writeUInt32LE(12, 4);
  else file.writeUInt32BE(12, 4);
  if (little) file.writeUInt16LE(entries, 12);
  else file.writeUInt16BE(entries, 12);
  return file;
}

/** The same in BigTIFF, whose offsets have eight bytes. */
function bigTiff(order: 'II' | 'MM', entries: number): Buffer {
  const file = Buffer.alloc(28 + entries * 20);
  const little = order === 'II';
  file.write(little ? 'II+\0\x08\0' : 'MM\0+\0\x08', 'latin1');
  if (little) file.writeBigUInt64LE(20n, 8);
  else file.writeBigUInt64BE(20n, 8);
  if (little) file.writeBigUInt64LE(BigInt(entries), 20);
  else file.writeBigUInt64BE(BigInt(entries), 20);
  return file;
}

function webp(content: Buffer): Buffer {
  const file = Buffer.concat([latin1('RIFF____WEBP'), content]);
  file.writeUInt32LE(file.length - 8, 4);
  return file;
}

const FTYP = box('ftyp', latin1('heic\0\0\0\0'));

describe('the end of a file', () => {
  const whole: readonly [format: Format, what: string, file: Buffer][] = [
    ['jpeg', 'an end behind its only scan', latin1('\xff\xd8\xff\xda__\xff\xd9')],
    ['png', 'a last chunk', latin1('\x89PNG____IEND____')],
    ['gif', 'a trailer', latin1('GIF89a__\x3b')],
    ['webp', 'as many bytes as it says', webp(latin1('VP8 '))],
    ['webp', 'no more than its header', webp(Buffer.alloc(0))],
    ['bmp', 'as many bytes as it says', bmp({ width: 1, height: 1, bitsPerPixel: 24, pixels: [1, 2, 3, 0] })],
    ['tiff', 'its directory, to the last byte', tiff('II', 3)],
    ['tiff', 'its directory in the other byte order', tiff('MM', 3)],
    ['tiff', 'a directory of nothing', tiff('MM', 0)],
    ['tiff', 'the directory of a BigTIFF', bigTiff('II', 3)],
    ['tiff', 'the directory of a BigTIFF in the other byte order', bigTiff('MM', 3)],
    ['heic', 'whole boxes', Buffer.concat([FTYP, box('mdat', Buffer.alloc(9))])],
    ['avif', 'an empty box at last', Buffer.concat([FTYP, box('free', Buffer.alloc(0))])],
    ['heic', 'a last box up to the end', Buffer.concat([FTYP, latin1('\0\0\0\0mdat____')])],
    ['heic', 'a large box', Buffer.concat([FTYP, largeBox('mdat', Buffer.alloc(9))])],
    ['heic', 'an empty large box', Buffer.concat([FTYP, largeBox('mdat', Buffer.alloc(0))])],
    ['heic', 'a size that makes no sense', Buffer.concat([FTYP, latin1('\0\0\0\x07mdat____')])],
  ];
  for (const [format, what, file] of whole) {
    it(`is there in ${format} with ${what}`, () => {
      expect(lacksItsEnd(format, file)).to.equal(false);
    });
  }

  const cut: readonly [format: Format, what: string, file: Buffer][] = [
    ['jpeg', 'a scan without an end', latin1('\xff\xd8\xff\xda__')],
    ['jpeg', 'no end but that of its thumbnail', latin1('\xff\xd8\xff\xda_\xff\xd9_\xff\xda__')],
    ['jpeg', 'neither scan nor end', latin1('\xff\xd8\xff\xe0__')],
    ['png', 'no last chunk', latin1('\x89PNG____IDAT____')],
    ['gif', 'no trailer', latin1('GIF89a;_')],
    ['webp', 'a byte less than it says', webp(latin1('VP8 ')).subarray(0, -1)],
    ['webp', 'half a header', webp(latin1('VP8 ')).subarray(0, 11)],
    [
      'bmp',
      'a byte less than it says',
      bmp({ width: 1, height: 1, bitsPerPixel: 24, pixels: [1, 2, 3] }).subarray(0, -1),
    ],
    ['bmp', 'half a header', Buffer.concat([latin1('BM'), Buffer.alloc(23)])],
    ['tiff', 'half a header', tiff('II', 0).subarray(0, 7)],
    ['tiff', 'no byte of its directory', tiff('II', 0).subarray(0, 12)],
    ['tiff', 'half the count of its directory', tiff('MM', 0).subarray(0, 13)],
    ['tiff', 'a byte less of its directory', tiff('MM', 3).subarray(0, -1)],
    ['tiff', 'a byte less of the directory of a BigTIFF', bigTiff('II', 3).subarray(0, -1)],
    ['tiff', 'no byte of the directory of a BigTIFF', bigTiff('MM', 3).subarray(0, 20)],
    ['heic', 'half a box', Buffer.concat([FTYP, box('mdat', Buffer.alloc(9))]).subarray(0, -1)],
    ['avif', 'half the header of a box', Buffer.concat([FTYP, latin1('\0\0\0\x10m')])],
    ['heic', 'half a large box', Buffer.concat([FTYP, largeBox('mdat', Buffer.alloc(9))]).subarray(0, -1)],
    [
      'heic',
      'half the size of a large box',
      Buffer.concat([FTYP, largeBox('mdat', Buffer.alloc(0))]).subarray(0, -1),
    ],
  ];
  for (const [format, what, file] of cut) {
    it(`is missing in ${format} with ${what}`, () => {
      expect(lacksItsEnd(format, file)).to.equal(true);
    });
  }
});
