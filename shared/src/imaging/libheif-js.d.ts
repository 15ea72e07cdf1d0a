/** The part of libheif's JavaScript interface that `heic.ts` uses: the package types neither this entry nor its results. */
declare module 'libheif-js/libheif-wasm/libheif-bundle.js' {
  interface Handle {
    readonly brand: 'heif_image_handle';
  }
  interface Context {
    readonly brand: 'heif_context';
  }
  interface ErrorCode {
    readonly value: number;
  }
  interface Failure {
    readonly code: ErrorCode;
    readonly message: string;
  }
  interface Channel {
    readonly id: unknown;
    readonly width: number;
    readonly height: number;
    /** Bytes from one row to the next. */
    readonly stride: number;
    /** A view of WebAssembly memory: valid while the instance is in use. */
    readonly data: Uint8Array;
  }
  interface DecodedImage {
    readonly code?: undefined;
    readonly channels: readonly Channel[];
  }
  export interface Libheif {
    readonly heif_error_code: {
      readonly heif_error_Ok: ErrorCode;
      readonly heif_error_Unsupported_feature: ErrorCode;
      readonly heif_error_Unsupported_filetype: ErrorCode;
      readonly heif_error_Plugin_loading_error: ErrorCode;
    };
    readonly heif_colorspace: { readonly heif_colorspace_RGB: unknown };
    readonly heif_chroma: {
      readonly heif_chroma_interleaved_RGB: unknown;
      readonly heif_chroma_interleaved_RGBA: unknown;
    };
    readonly heif_channel: { readonly heif_channel_interleaved: unknown };
    heif_context_alloc(): Context;
    heif_context_read_from_memory(context: Context, bytes: Uint8Array): Failure;
    heif_js_context_get_primary_image_handle(
      context: Context,
    ): (Handle & { readonly code?: undefined }) | Failure;
    heif_image_handle_get_width(handle: Handle): number;
    heif_image_handle_get_height(handle: Handle): number;
    heif_image_handle_has_alpha_channel(handle: Handle): number;
    heif_js_decode_image2(handle: Handle, colourSpace: unknown, chroma: unknown): DecodedImage | Failure;
  }
  /** A new instance, ready at once: this build compiles its WebAssembly synchronously. */
  export default function createLibheif(): Libheif;
}
