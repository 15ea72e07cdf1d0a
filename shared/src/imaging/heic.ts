import type { Failure, Handle, Libheif } from 'libheif-js/libheif-wasm/libheif-bundle.js';
import { RejectedInput } from '../errors.js';
import type { OpenedImage } from './decode.js';
import { sharp } from './libvips.js';
import { assertPixels, type ImageLimits, type Size } from './limits.js';

/**
 * HEIC, whose codec (HEVC) the prebuilt libvips leaves out: libheif in WebAssembly, loaded with the first such
 * picture. It is a sandbox: hostile bytes can at worst end this instance, which is then replaced.
 *
 * A pixel costs about 12 bytes here (planes, RGBA and its copy), so these pictures have a limit of their own:
 * 25 million takes in what phones take by default (12 and 24 megapixels) and stays below 400 MB.
 */
export const MAX_HEIC_PIXELS = 25_000_000;

let instance: Promise<Libheif> | undefined;

/** @throws {RejectedInput} `unsupported-format` where the container holds another codec, or `too-many-pixels`. */
export async function openHeic(bytes: Uint8Array, limits: ImageLimits): Promise<OpenedImage> {
  const size = await withPrimaryImage(bytes, sizeOf);
  assertPixels(size, Math.min(MAX_HEIC_PIXELS, limits.maxPixels));
  return {
    ...size,
    pipeline: async () => {
      const rgba = await withPrimaryImage(bytes, decodeRgba);
      return sharp(rgba.pixels, { raw: { width: rgba.width, height: rgba.height, channels: 4 } });
    },
  };
}

async function withPrimaryImage<T>(
  bytes: Uint8Array,
  use: (libheif: Libheif, handle: Handle) => T,
): Promise<T> {
  instance ??= import('libheif-js/libheif-wasm/libheif-bundle.js').then((module) => module.default());
  const libheif = await instance;
  try {
    return usePrimaryImage(libheif, bytes, use);
  } catch (error) {
    if (!(error instanceof LibheifRefusal)) {
      // Not an answer of libheif's own but an abort, of memory say: the instance is in doubt.
      instance = undefined;
      throw error;
    }
    throw error.isUnsupported
      ? new RejectedInput('unsupported-format', error.message, { cause: error })
      : error;
  }
}

function usePrimaryImage<T>(
  libheif: Libheif,
  bytes: Uint8Array,
  use: (libheif: Libheif, handle: Handle) => T,
): T {
  const context = libheif.heif_context_alloc();
  try {
    const read = libheif.heif_context_read_from_memory(context, bytes);
    if (read.code !== libheif.heif_error_code.heif_error_Ok) throw new LibheifRefusal(libheif, read);
    const handle = libheif.heif_js_context_get_primary_image_handle(context);
    if (handle.code !== undefined) throw new LibheifRefusal(libheif, handle);
    try {
      return use(libheif, handle);
    } finally {
      libheif.heif_image_handle_release(handle);
    }
  } finally {
    libheif.heif_context_free(context);
  }
}

function sizeOf(libheif: Libheif, handle: Handle): Size {
  return {
    width: libheif.heif_image_handle_get_width(handle),
    height: libheif.heif_image_handle_get_height(handle),
  };
}

interface RgbaImage extends Size {
  readonly pixels: Uint8Array;
}

/** Upright: libheif applies the container's own rotation, which outranks Exif here. */
function decodeRgba(libheif: Libheif, handle: Handle): RgbaImage {
  const decoded = libheif.heif_js_decode_image2(
    handle,
    libheif.heif_colorspace.heif_colorspace_RGB,
    libheif.heif_chroma.heif_chroma_interleaved_RGBA,
  );
  if (decoded.code !== undefined) throw new LibheifRefusal(libheif, decoded);
  try {
    const channel = decoded.channels.find(({ id }) => id === libheif.heif_channel.heif_channel_interleaved);
    if (channel === undefined)
      throw new RejectedInput('corrupt', 'Expected a colour channel but received none');
    const { width, height, stride, data } = channel;
    const pixels = new Uint8Array(width * height * 4);
    for (let y = 0; y < height; y += 1) {
      pixels.set(data.subarray(y * stride, y * stride + width * 4), y * width * 4);
    }
    return { width, height, pixels };
  } finally {
    libheif.heif_image_release(decoded.image);
  }
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
