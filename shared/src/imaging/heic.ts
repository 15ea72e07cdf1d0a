import type { Channel, Failure, Handle, Libheif } from 'libheif-js/libheif-wasm/libheif-bundle.js';
import type { Sharp } from 'sharp';
import { ImageError } from '../errors.js';
import type { OpenedImage } from './decode.js';
import { sharp } from './libvips.js';
import { assertPixels, type ImageLimits, type Size } from './limits.js';

/**
 * HEIC, whose codec (HEVC) the prebuilt libvips leaves out: libheif in WebAssembly, loaded with the first such
 * picture. It is a sandbox: hostile bytes can at worst end this instance, which is then replaced.
 *
 * Nothing of it shrinks while it decodes, so these pictures have a limit of their own: 25 million pixels takes in what
 * phones take by default (12 and 24 megapixels). Pictures are decoded one at a time: the pixels that sharp reads lie in
 * WebAssembly's memory, which another picture might move.
 */
export const MAX_HEIC_PIXELS = 25_000_000;

let instance: Promise<Libheif> | undefined;
let previous: Promise<unknown> = Promise.resolve();

/** @throws {ImageError} `unsupported-format` where the container holds another codec, or `too-many-pixels`. */
export async function openHeic(bytes: Uint8Array, limits: ImageLimits): Promise<OpenedImage> {
  const size = await withPrimaryImage(bytes, sizeOf);
  assertPixels(size, Math.min(MAX_HEIC_PIXELS, limits.maxPixels));
  return { ...size, read: (use) => withPrimaryImage(bytes, (primary) => readPixels(primary, use)) };
}

interface PrimaryImage {
  readonly libheif: Libheif;
  readonly handle: Handle;
}

function withPrimaryImage<T>(bytes: Uint8Array, use: (image: PrimaryImage) => T | Promise<T>): Promise<T> {
  const turn = previous.then(() => openPrimaryImage(bytes, use));
  previous = turn.catch(() => {});
  return turn;
}

async function openPrimaryImage<T>(
  bytes: Uint8Array,
  use: (image: PrimaryImage) => T | Promise<T>,
): Promise<T> {
  instance ??= import('libheif-js/libheif-wasm/libheif-bundle.js').then((module) => module.default());
  const libheif = await instance;
  try {
    return await usePrimaryImage(libheif, bytes, use);
  } catch (error) {
    if (!(error instanceof LibheifRefusal)) {
      // Not an answer of libheif's own but an abort, of memory say: the instance is in doubt.
      instance = undefined;
      throw error;
    }
    throw error.isUnsupported ? new ImageError('unsupported-format', error.message, { cause: error }) : error;
  }
}

async function usePrimaryImage<T>(
  libheif: Libheif,
  bytes: Uint8Array,
  use: (image: PrimaryImage) => T | Promise<T>,
): Promise<T> {
  const context = libheif.heif_context_alloc();
  try {
    const read = libheif.heif_context_read_from_memory(context, bytes);
    if (read.code !== libheif.heif_error_code.heif_error_Ok) throw new LibheifRefusal(libheif, read);
    const handle = libheif.heif_js_context_get_primary_image_handle(context);
    if (handle.code !== undefined) throw new LibheifRefusal(libheif, handle);
    try {
      return await use({ libheif, handle });
    } finally {
      libheif.heif_image_handle_release(handle);
    }
  } finally {
    libheif.heif_context_free(context);
  }
}

function sizeOf({ libheif, handle }: PrimaryImage): Size {
  return {
    width: libheif.heif_image_handle_get_width(handle),
    height: libheif.heif_image_handle_get_height(handle),
  };
}

/** Upright: libheif applies the container's own rotation, which outranks Exif here. */
async function readPixels<T>(
  { libheif, handle }: PrimaryImage,
  use: (pipeline: Sharp) => Promise<T>,
): Promise<T> {
  const { heif_colorspace_RGB: rgb } = libheif.heif_colorspace;
  const { heif_chroma_interleaved_RGB: opaque, heif_chroma_interleaved_RGBA: transparent } =
    libheif.heif_chroma;
  const channels = libheif.heif_image_handle_has_alpha_channel(handle) === 0 ? 3 : 4;
  const decoded = libheif.heif_js_decode_image2(handle, rgb, channels === 3 ? opaque : transparent);
  if (decoded.code !== undefined) throw new LibheifRefusal(libheif, decoded);
  try {
    const channel = decoded.channels.find(({ id }) => id === libheif.heif_channel.heif_channel_interleaved);
    if (channel === undefined) throw new Error('Expected a colour channel but received none');
    const { width, height } = channel;
    return await use(sharp(withoutPadding(channel, channels), { raw: { width, height, channels } }));
  } finally {
    libheif.heif_image_release(decoded.image);
  }
}

/** Rows are padded to 16 bytes: a copy is made only where they are. */
function withoutPadding({ width, height, stride, data }: Channel, channels: number): Uint8Array {
  const rowBytes = width * channels;
  if (stride === rowBytes) return data.subarray(0, rowBytes * height);
  const pixels = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    pixels.set(data.subarray(y * stride, y * stride + rowBytes), y * rowBytes);
  }
  return pixels;
}

/** Libheif read the file and said no. */
class LibheifRefusal extends Error {
  override readonly name = 'LibheifRefusal';
  readonly isUnsupported: boolean;

  constructor({ heif_error_code: codes }: Libheif, { code, message }: Failure) {
    super(`libheif: ${message}`);
    this.isUnsupported =
      code === codes.heif_error_Unsupported_feature ||
      code === codes.heif_error_Unsupported_filetype ||
      code === codes.heif_error_Plugin_loading_error;
  }
}
