/** Files that are written in pieces. Memory does not grow with their size, which need not be known before. */
export interface FileStore {
  /** Nothing is visible under the name until `close`. @throws {TransientError} on storage or network failure */
  create(name: string, contentType: string): FileSink;
  /** The whole text; undefined if there is no such file. */
  read(name: string): Promise<string | undefined>;
  /** Idempotent: a name that does not exist is no error. */
  remove(name: string): Promise<void>;
}

export interface FileSink {
  /** Resolves when the next piece may be written. At least one is needed: Cloud Storage's client cannot end an empty resumable upload. */
  write(text: string): Promise<void>;
  /** `unchanged`: the file of this name has these bytes already, and keeps its generation. */
  close(): Promise<'written' | 'unchanged'>;
  /** The file of this name stays as it was. */
  abort(): void;
}
