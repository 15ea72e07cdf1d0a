export interface Thumbnailer {
  /**
   * A small WebP of a picture of any accepted format.
   * @throws {ImageError} the bytes are not acceptable, or decoding them takes too long
   * @throws {CrashError} the process that decodes them ended
   */
  thumbnail(image: Uint8Array): Promise<Uint8Array>;
  /** Frees all resources. A later call of `thumbnail` allocates them again. */
  close(): Promise<void>;
}
