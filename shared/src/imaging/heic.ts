import type { Channel, Failure, Handle, Libheif } from 'libheif-js/libheif-wasm/libheif-bundle.js';
import type { Sharp } from 'sharp';
import { ImageError } from '../errors.js';
import { readHeifProfile } from './headers/heif-profile.js';
import { sharp } from './libvips.js';
import type { OpenedImage } from './opened-image.js';

/**
 * HEIC, whose codec (HEVC) the prebuilt libvips does not have: libheif in WebAssembly, loaded with the first such
 * picture. WebAssembly is a sandbox: hostile bytes can only damage the memory of one instance.
 *
 * The memory of an instance never shrinks, so each picture gets a new instance. One more instance, which decodes nothing, keeps
 * the compiled code: without it, each picture takes 0.4 s longer.
 */
let compiled: Promise<{ readonly create: () => Libheif; readonly spare: Libheif }> | undefined;

/** @throws {ImageError} `unsupported-format` if the container holds another codec. */
export async function openHeic(bytes: Uint8Array): Promise<OpenedImage> {
  const libheif = await newInstance();
  const handle = primaryImage(libheif, bytes);
  const profile = await readHeifProfile(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  return {
    width: libheif.heif_image_handle_get_width(handle),
    height: libheif.heif_image_handle_get_height(handle),
    ...(profile !== undefined && { profile }),
    read: async (use) => use(pixelsOf(libheif, handle), 'whole'),
  };
}

async function newInstance(): Promise<Libheif> {
  compiled ??= import('libheif-js/libheif-wasm/libheif-bundle.js').then(({ default: create }) => ({
    create,
    spare: create(),
  }));
  return (await compiled).create();
}

function primaryImage(libheif: Libheif, bytes: Uint8Array): Handle {
  const context = libheif.heif_context_alloc();
  const read = libheif.heif_context_read_from_memory(context, bytes);
  if (read.code !== libheif.heif_error_code.heif_error_Ok) throw refusal(libheif, read);
  const handle = libheif.heif_js_context_get_primary_image_handle(context);
  if (handle.code !== undefined) throw refusal(libheif, handle);
  return handle;
}

/** libheif applies the rotation of the container, which has priority over Exif's. */
function pixelsOf(libheif: Libheif, handle: Handle): Sharp {
  const { heif_colorspace_RGB: rgb } = libheif.heif_colorspace;
  const { heif_chroma_interleaved_RGB: opaque, heif_chroma_interleaved_RGBA: transparent } =
    libheif.heif_chroma;
  const channels = libheif.heif_image_handle_has_alpha_channel(handle) === 0 ? 3 : 4;
  const decoded = libheif.heif_js_decode_image2(handle, rgb, channels === 3 ? opaque : transparent);
  if (decoded.code !== undefined) throw refusal(libheif, decoded);
  const channel = decoded.channels.find(({ id }) => id === libheif.heif_channel.heif_channel_interleaved);
  if (channel === undefined) throw new Error('Expected a colour channel but received none');
  const { width, height } = channel;
  // sharp reads the pixels from the memory of WebAssembly, which nothing else uses at that time.
  return sharp(withoutPadding(channel, channels), { raw: { width, height, channels } });
}

/** Rows are padded to 16 bytes. Only if there is padding, the pixels are copied. */
function withoutPadding({ width, height, stride, data }: Channel, channels: number): Uint8Array {
  const rowBytes = width * channels;
  if (stride === rowBytes) return data.subarray(0, rowBytes * height);
  const pixels = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    pixels.set(data.subarray(y * stride, y * stride + rowBytes), y * rowBytes);
  }
  return pixels;
}

/** libheif read the file and refused it. */
function refusal({ heif_error_code: codes }: Libheif, { code, message }: Failure): Error {
  const isUnsupported =
    code === codes.heif_error_Unsupported_feature ||
    code === codes.heif_error_Unsupported_filetype ||
    code === codes.heif_error_Plugin_loading_error;
  return isUnsupported
    ? new ImageError('unsupported-format', `libheif: ${message}`)
    : new Error(`libheif: ${message}`);
}
