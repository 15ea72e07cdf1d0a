/** Files written piece by piece, whose size nobody knows beforehand, at a memory that does not grow with them. */
export interface FileStore {
  /** Nothing is visible under the name until `close`. @throws {TransientError} on storage or network failure */
  create(name: string, contentType: string): FileSink;
  /** A name that is not there is no error. */
  remove(name: string): Promise<void>;
}

export interface FileSink {
  /** Resolves when the next piece may come. At least one must: Cloud Storage's client cannot end a resumable upload of nothing. */
  write(text: string): Promise<void>;
  /** `unchanged`: the file under this name has these very bytes already, and keeps its generation. */
  close(): Promise<'written' | 'unchanged'>;
  /** Leaves what is under the name as it was. */
  abort(): void;
}
