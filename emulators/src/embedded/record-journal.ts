/**
 * Keeps a memory record store on disk: one line of JSON per write, read back in order at the next start. The last
 * line may be half written when the power goes; it is left out, and its upload's event or the queue brings it back.
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import type { MemoryRecordStore, RecordSnapshot } from '@hangtag/shared/adapters/memory/record-store.js';

export interface RecordJournal {
  close(): Promise<void>;
}

export async function keepOnDisk(records: MemoryRecordStore, file: string): Promise<RecordJournal> {
  if (existsSync(file)) records.restore(await readJournal(file));
  const output = createWriteStream(file, { flags: 'a' });
  const unsubscribe = records.subscribe((snapshot) => output.write(`${JSON.stringify(snapshot)}\n`));
  return {
    close: async () => {
      unsubscribe();
      output.end();
      await finished(output);
    },
  };
}

async function readJournal(file: string): Promise<RecordSnapshot[]> {
  const snapshots: RecordSnapshot[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const snapshot = parseLine(line);
    if (snapshot !== undefined) snapshots.push(snapshot);
  }
  return snapshots;
}

function parseLine(line: string): RecordSnapshot | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
