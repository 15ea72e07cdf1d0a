export interface Thumbnailer {
  /**
   * A small WebP of any accepted picture.
   * @throws {ImageError} the bytes are at fault, or took too long.
   * @throws {CrashError} the process that decoded them ended.
   */
  thumbnail(image: Uint8Array): Promise<Uint8Array>;
  /** Frees what thumbnails needed. The next one is made as before. */
  close(): Promise<void>;
}
