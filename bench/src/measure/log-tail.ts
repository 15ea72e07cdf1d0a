/** Reads the lines that are appended to a log of JSON lines. */
import { type FileHandle, open } from 'node:fs/promises';

const READ_BYTES = 64 * 1024;
const LINE_FEED = 10;

export class LogTail {
  readonly #file: FileHandle;
  #position: number;
  /** The beginning of a line whose end is not written yet. */
  #torn: Buffer = Buffer.alloc(0);

  private constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.#position = position;
  }

  /** Starts at the present end of the file. */
  static async open(path: string): Promise<LogTail> {
    const file = await open(path, 'r');
    return new LogTail(file, (await file.stat()).size);
  }

  /** @returns the entries written since the last call, without lines that are not JSON objects */
  async read(): Promise<Readonly<Record<string, unknown>>[]> {
    const entries: Record<string, unknown>[] = [];
    for (;;) {
      const { bytesRead, buffer } = await this.#file.read(
        Buffer.alloc(READ_BYTES),
        0,
        READ_BYTES,
        this.#position,
      );
      if (bytesRead === 0) return entries;
      this.#position += bytesRead;
      const bytes = Buffer.concat([this.#torn, buffer.subarray(0, bytesRead)]);
      const end = bytes.lastIndexOf(LINE_FEED) + 1;
      this.#torn = bytes.subarray(end);
      for (const line of bytes.toString('utf8', 0, end).split('\n')) {
        if (line.startsWith('{')) entries.push(JSON.parse(line));
      }
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
