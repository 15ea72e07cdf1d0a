export interface Thumbnailer {
  /** A small WebP of any accepted picture. @throws {ImageError} the bytes are at fault */
  thumbnail(image: Uint8Array): Promise<Uint8Array>;
}
