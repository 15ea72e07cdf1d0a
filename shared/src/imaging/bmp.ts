import { ImageError } from '../errors.js';
import { type BmpHeader, readBmpHeader } from './bmp-header.js';
import { sharp } from './libvips.js';
import type { OpenedImage } from './opened-image.js';

/**
 * BMP, which the prebuilt libvips does not read. Time and memory are bounded by width times height, which the caller
 * checks before it reads pixels. Every access is inside the file or throws a RangeError.
 */
export async function openBmp(bytes: Uint8Array): Promise<OpenedImage> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = readBmpHeader(file);
  const { width, height } = header;
  return {
    width,
    height,
    read: (use) => use(sharp(decodeBmp(file, header), { raw: { width, height, channels: 3 } }), 'whole'),
  };
}

function decodeBmp(file: Buffer, header: BmpHeader): Uint8Array {
  switch (header.encoding) {
    case 'indexed':
      return decodeIndexed(file, header);
    case 'rle':
      return decodeRunLengths(file, header);
    case 'masked':
      return decodeMasked(file, header);
  }
}

/** Rows are padded to 4 bytes and lie bottom up unless the header says otherwise. */
function rowReader(file: Buffer, { width, height, bitsPerPixel, pixelsAt, topDown }: BmpHeader) {
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4;
  // The padding of the last row in the file is often left out.
  const neededBytes = pixelsAt + rowBytes * (height - 1) + Math.ceil((width * bitsPerPixel) / 8);
  if (neededBytes > file.length) {
    throw new ImageError('truncated', `Expected ${neededBytes} bytes of BMP but received ${file.length}`);
  }
  return (y: number) => pixelsAt + rowBytes * (topDown ? y : height - 1 - y);
}

function decodeIndexed(file: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, bitsPerPixel, palette } = header;
  const rowAt = rowReader(file, header);
  const pixels = new Uint8Array(width * height * 3);
  const perByte = 8 / bitsPerPixel;
  const mask = 2 ** bitsPerPixel - 1;
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    const row = rowAt(y);
    for (let x = 0; x < width; x += 1) {
      const byte = file.readUInt8(row + Math.floor(x / perByte));
      const index = (byte >> (8 - bitsPerPixel * ((x % perByte) + 1))) & mask;
      at = paint(pixels, at, palette, index);
    }
  }
  return pixels;
}

/** An index beyond the palette is black, as in other decoders. */
function paint(pixels: Uint8Array, at: number, palette: Uint8Array, index: number): number {
  pixels[at] = palette[index * 3] ?? 0;
  pixels[at + 1] = palette[index * 3 + 1] ?? 0;
  pixels[at + 2] = palette[index * 3 + 2] ?? 0;
  return at + 3;
}

/** Pairs of (count, index), with escapes at count 0: 0 next row, 1 end, 2 move, else so many literal indices. */
function decodeRunLengths(file: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, bitsPerPixel, palette, topDown } = header;
  // Pixels without a run stay white, like the background under transparent pixels.
  const pixels = new Uint8Array(width * height * 3).fill(255);
  let at = header.pixelsAt;
  let x = 0;
  let y = 0;
  const put = (index: number): void => {
    const row = topDown ? y : height - 1 - y;
    if (x < width) paint(pixels, (row * width + x) * 3, palette, index);
    x += 1;
  };
  while (y < height) {
    const count = file.readUInt8(at);
    const value = file.readUInt8(at + 1);
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i += 1) put(nibbleOrByte(value, i, bitsPerPixel));
    } else if (value === 0) {
      x = 0;
      y += 1;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      x += file.readUInt8(at);
      y += file.readUInt8(at + 1);
      at += 2;
    } else {
      for (let i = 0; i < value; i += 1) {
        const byte = file.readUInt8(at + (bitsPerPixel === 4 ? i >> 1 : i));
        put(nibbleOrByte(byte, i, bitsPerPixel));
      }
      const literalBytes = bitsPerPixel === 4 ? Math.ceil(value / 2) : value;
      at += literalBytes + (literalBytes % 2);
    }
  }
  return pixels;
}

function nibbleOrByte(byte: number, i: number, bitsPerPixel: number): number {
  if (bitsPerPixel === 8) return byte;
  return i % 2 === 0 ? byte >> 4 : byte & 0x0f;
}

function decodeMasked(file: Buffer, header: BmpHeader): Uint8Array {
  const { masks } = header;
  if (masks.alpha === 0) return decodeChannels(file, header).pixels;
  const decoded = decodeChannels(file, header);
  // Many programs declare an alpha channel and set it to 0 everywhere. Other decoders show such a picture as opaque.
  const isOpaque = decoded.highestAlpha === 0;
  return isOpaque
    ? decodeChannels(file, { ...header, masks: { ...masks, alpha: 0 } }).pixels
    : decoded.pixels;
}

function decodeChannels(
  file: Buffer,
  header: BmpHeader,
): { readonly pixels: Uint8Array; readonly highestAlpha: number } {
  const { width, height, bitsPerPixel, masks } = header;
  const rowAt = rowReader(file, header);
  const pixels = new Uint8Array(width * height * 3);
  const [red, green, blue, alpha] = [masks.red, masks.green, masks.blue, masks.alpha].map(channelReader);
  if (!red || !green || !blue || !alpha) throw new Error('Expected four masks');
  const bytesPerPixel = bitsPerPixel / 8;
  let at = 0;
  let highestAlpha = 0;
  for (let y = 0; y < height; y += 1) {
    const row = rowAt(y);
    for (let x = 0; x < width; x += 1) {
      const pixel = file.readUIntLE(row + x * bytesPerPixel, bytesPerPixel);
      const alphaValue = alpha(pixel);
      if (alphaValue > highestAlpha) highestAlpha = alphaValue;
      const opacity = masks.alpha === 0 ? 1 : alphaValue / 255;
      const white = 255 * (1 - opacity);
      pixels[at] = red(pixel) * opacity + white;
      pixels[at + 1] = green(pixel) * opacity + white;
      pixels[at + 2] = blue(pixel) * opacity + white;
      at += 3;
    }
  }
  return { pixels, highestAlpha };
}

/** Scales the masked bits to 0 to 255. */
function channelReader(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const highest = mask >>> shift;
  return (pixel) => (((pixel & mask) >>> shift) * 255) / highest;
}
