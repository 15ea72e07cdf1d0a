import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { expect } from 'chai';
import type { Sharp } from 'sharp';
import { fromRoot } from '../fixtures/paths.js';
import { type MemoryGroup, makeMemoryGroup } from '../support/memory-group.js';
import { skip } from '../support/skip.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const MIB = 1024 * 1024;
/** `classify` has 1 GiB. What it loads and the program of this test does not, Firestore's client above all, takes 80 MiB. */
const LIMIT_BYTES = (1024 - 80) * MIB;

interface Line {
  readonly name: string;
  readonly outcome: string;
}

/** Of each format what its limits accept: the most memory to decode, or the most bytes. */
describe('the memory of classify, with eight of the worst accepted pictures at a time', function () {
  this.timeout(600_000);
  let group: MemoryGroup | undefined;
  let folder: string;

  before(async function () {
    group = await makeMemoryGroup(LIMIT_BYTES);
    if (group === undefined) skip(this, 'this process may not limit memory with a control group');
    folder = temporaryDirectory();
  });

  after(async () => {
    await group?.remove();
  });

  it('stays below what is declared, and each is labelled', async () => {
    const pictures = join(folder, 'pictures');
    await mkdir(pictures);
    await writePictures(pictures);

    const program = fromRoot('test/dist/fixtures/crowded-classifier.js');
    const ran = await group?.run(program, [fromRoot('models/fashion-mobilenetv2'), pictures, '1']);

    const lines = (ran?.output ?? '')
      .trim()
      .split('\n')
      .map((line): Line => JSON.parse(line));
    console.log(`      ${Math.round(((await group?.peakBytes()) ?? 0) / 1e6)} MB at most`);
    expect(ran?.status).to.equal(0);
    expect(await group?.kills(), 'processes that the system killed').to.equal(0);
    expect(lines).to.have.length.above(12);
    expect(lines.filter(({ outcome }) => outcome !== 'labelled')).to.deep.equal([]);
  });
});

async function writePictures(folder: string): Promise<void> {
  for (const [name, picture] of Object.entries(PICTURES))
    await writeFile(join(folder, name), await (await picture()).toBuffer());
  await copyFile(fromRoot('test/fixtures/pictures/flat-48mp.heic'), join(folder, 'whole-frame-48mp.heic'));
  await writeFile(join(folder, 'rows-32mb.bmp'), bmpOfBytes(31 * MIB));
}

/** Sides in pixels. */
const flat = (width: number, height: number, channels: 3 | 4 = 3): Sharp =>
  sharp({ create: { width, height, channels, background: '#c83c28' } });
const noise = (width: number, height: number): Sharp =>
  sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } });
/** It is converted to CMYK while it is small: converting 42 million pixels takes 11 s of processor time. */
async function flatCmyk(width: number, height: number): Promise<Sharp> {
  const small = await flat(70, 60).toColourspace('cmyk').tiff().toBuffer();
  const large = sharp(small).pipelineColourspace('cmyk').resize(width, height, { kernel: 'nearest' });
  return large.toColourspace('cmyk');
}

const PICTURES: Readonly<Record<string, () => Sharp | Promise<Sharp>>> = {
  'rows-31mb.png': () => noise(3_300, 3_000).png({ compressionLevel: 1 }),
  'interlaced-16-bit-42mp.png': () =>
    flat(7_000, 6_000, 4).toColourspace('rgb16').png({ progressive: true, compressionLevel: 1 }),
  'progressive-4-4-4-50mp.jpg': () =>
    flat(7_070, 7_070).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
  'progressive-cmyk-42mp.jpg': async () =>
    (await flatCmyk(7_000, 6_000)).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
  'baseline-30mb.jpg': () => noise(3_500, 3_000).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
  'lossless-30mb.webp': () => noise(3_400, 3_000).webp({ lossless: true, effort: 0 }),
  'whole-frame-20mp.avif': () => flat(5_000, 4_000).avif({ effort: 0, chromaSubsampling: '4:4:4' }),
  'whole-frame-10-bit-14mp.avif': () => flat(4_000, 3_500).avif({ effort: 0, bitdepth: 10 }),
  'frame-50mp.gif': () => flat(7_070, 7_070).gif({ effort: 1 }),
  'tiles-of-4096-50mp.tif': () =>
    flat(7_070, 7_070).tiff({ compression: 'deflate', tile: true, tileWidth: 4_096, tileHeight: 4_096 }),
  'rows-31mb.tif': () => noise(3_500, 3_000).tiff({ compression: 'none' }),
};

/** 24 bits a pixel. */
function bmpOfBytes(bytes: number): Buffer {
  const [width, headerBytes] = [4_000, 54];
  const height = Math.floor(bytes / (width * 3));
  const file = Buffer.alloc(headerBytes + width * height * 3, 0x80);
  file.write('BM', 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(headerBytes, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.fill(0, 30, headerBytes);
  return file;
}
