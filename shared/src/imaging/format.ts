import { ImageError } from '../errors.js';

/**
 * The format of a file, from its first bytes alone. The declared type and the extension are not used: a text file named
 * `shirt.jpg` is not an image.
 */
export const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'bmp', 'avif', 'heic'] as const;
export type Format = (typeof FORMATS)[number];

interface Signature {
  readonly name: string;
  readonly offset: number;
  /** Latin-1 text of the bytes, so that a table of signatures can be read. */
  readonly magic: string;
}

const ACCEPTED: readonly (Signature & { readonly name: Format })[] = [
  { name: 'jpeg', offset: 0, magic: '\xff\xd8\xff' },
  { name: 'png', offset: 0, magic: '\x89PNG\r\n\x1a\n' },
  { name: 'webp', offset: 8, magic: 'WEBPVP8' },
  { name: 'gif', offset: 0, magic: 'GIF87a' },
  { name: 'gif', offset: 0, magic: 'GIF89a' },
  { name: 'tiff', offset: 0, magic: 'II*\0' },
  { name: 'tiff', offset: 0, magic: 'MM\0*' },
  { name: 'tiff', offset: 0, magic: 'II+\0' },
  { name: 'tiff', offset: 0, magic: 'MM\0+' },
  { name: 'bmp', offset: 0, magic: 'BM' },
];

/** WebP is a kind of RIFF file. */
function isContained(head: string, { name }: Signature): boolean {
  return name !== 'webp' || head.startsWith('RIFF');
}

/** Pictures that Hangtag does not read. The reason names their format, which helps the sender. */
const RECOGNISED: readonly Signature[] = [
  { name: 'PDF', offset: 0, magic: '%PDF-' },
  { name: 'Photoshop', offset: 0, magic: '8BPS' },
  { name: 'JPEG 2000', offset: 4, magic: 'jP  \r\n\x87\n' },
  { name: 'JPEG 2000', offset: 0, magic: '\xff\x4f\xff\x51' },
  { name: 'JPEG XL', offset: 0, magic: '\xff\x0a' },
  { name: 'JPEG XL', offset: 4, magic: 'JXL \r\n\x87\n' },
  { name: 'icon', offset: 0, magic: '\0\0\x01\0' },
  { name: 'cursor', offset: 0, magic: '\0\0\x02\0' },
  { name: 'Windows metafile', offset: 0, magic: '\xd7\xcd\xc6\x9a' },
  { name: 'OpenEXR', offset: 0, magic: 'v/1\x01' },
  { name: 'Radiance HDR', offset: 0, magic: '#?R' },
  { name: 'DirectDraw surface', offset: 0, magic: 'DDS ' },
  { name: 'QOI', offset: 0, magic: 'qoif' },
  { name: 'farbfeld', offset: 0, magic: 'farbfeld' },
  { name: 'PostScript', offset: 0, magic: '%!PS' },
  { name: 'Apple icon', offset: 0, magic: 'icns' },
  { name: 'MNG', offset: 0, magic: '\x8aMNG' },
  { name: 'JNG', offset: 0, magic: '\x8bJNG' },
];

const PORTABLE_ANYMAP = /^P[1-7fF]\s/;
const BYTE_ORDER_MARK = '\xef\xbb\xbf';
const WHITE_SPACE = /\s*/y;
const SVG_ROOT = /<(?:\w{1,64}:)?svg[\s/>]/iy;
const TEXT_WINDOW_BYTES = 4096;

/** @throws {ImageError} `empty`, `unsupported-format` for a known picture of another kind, `not-an-image`. */
export function sniffFormat(bytes: Uint8Array): Format {
  if (bytes.length === 0) throw new ImageError('empty', 'Expected an image but received 0 bytes');
  const head = latin1(bytes, TEXT_WINDOW_BYTES);
  const accepted =
    ACCEPTED.find((signature) => matches(head, signature) && isContained(head, signature))?.name ??
    sniffHeif(head);
  if (accepted !== undefined) return accepted;
  const other = recogniseOther(head);
  if (other !== undefined) {
    throw new ImageError('unsupported-format', `Expected one of ${FORMATS.join(', ')} but received ${other}`);
  }
  throw new ImageError(
    'not-an-image',
    `Expected an image but received ${bytes.length} bytes of another kind`,
  );
}

function recogniseOther(head: string): string | undefined {
  if (isSvg(head)) return 'SVG';
  if (PORTABLE_ANYMAP.test(head)) return 'portable anymap';
  return RECOGNISED.find((signature) => matches(head, signature))?.name;
}

/**
 * Whether the root element is `svg`, after any declaration, comments and document type. It reads each character once.
 */
function isSvg(head: string): boolean {
  let at = head.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  for (;;) {
    at = endOf(WHITE_SPACE, head, at) ?? at;
    if (endOf(SVG_ROOT, head, at) !== undefined) return true;
    const end = endOfProlog(head, at);
    if (end === undefined) return false;
    at = end;
  }
}

/** The end of the declaration, comment or document type at `at`; undefined if `at` has no such thing, or if it has no end. */
function endOfProlog(head: string, at: number): number | undefined {
  if (head.startsWith('<!--', at)) return after('-->', head, at + 4);
  if (head.startsWith('<?', at)) return after('>', head, at);
  if (head.slice(at, at + 9).toUpperCase() !== '<!DOCTYPE') return undefined;
  const end = after('>', head, at);
  const subset = head.indexOf('[', at);
  if (end === undefined || subset === -1 || subset > end) return end;
  const endOfSubset = after(']', head, subset);
  return endOfSubset && after('>', head, endOfSubset);
}

function after(mark: string, head: string, from: number): number | undefined {
  const at = head.indexOf(mark, from);
  return at === -1 ? undefined : at + mark.length;
}

function endOf(pattern: RegExp, head: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(head) ? pattern.lastIndex : undefined;
}

/**
 * The HEIF container holds AV1 or HEVC; its brands say which, in any order. If it has only the general
 * brands (`mif1`, `msf1`), libheif finds out.
 */
function sniffHeif(head: string): Format | undefined {
  if (head.slice(4, 8) !== 'ftyp') return undefined;
  const length = Math.min(readUint32(head, 0), 256);
  const brands: string[] = [head.slice(8, 12)];
  for (let at = 16; at + 4 <= length; at += 4) brands.push(head.slice(at, at + 4));
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  if (brands.some((brand) => /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand))) return 'heic';
  return undefined;
}

function matches(head: string, { offset, magic }: Signature): boolean {
  return head.startsWith(magic, offset);
}

function latin1(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.length)).toString('latin1');
}

function readUint32(text: string, at: number): number {
  return Buffer.from(text.slice(at, at + 4), 'latin1').readUInt32BE(0);
}
