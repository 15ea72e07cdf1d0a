import type { MemoryRecordStore, RecordSnapshot } from '@hangtag/shared/adapters/memory/record-store.js';
import { Journal } from '../bucket/journal.js';

export interface RecordJournal {
  /** Writes the pending lines, then closes the file. */
  close(): Promise<void>;
}

/** Restores a memory record store from a file, then appends every write to the file as one line of JSON. */
export async function keepOnDisk(records: MemoryRecordStore, file: string): Promise<RecordJournal> {
  let isReplay = true;
  const journal = await Journal.open<RecordSnapshot>({
    path: file,
    durability: 'process-crash',
    parse: (line) => JSON.parse(line),
    // A new write is already in memory when it is appended: applying it again could undo a later write.
    apply: (snapshot) => isReplay && records.restore([snapshot]),
    snapshot: () => records.entries(),
  });
  isReplay = false;
  // A write that fails (a full disk) is lost at the next start; the sweep finds its image again.
  const unsubscribe = records.subscribe((snapshot) => void journal.append(snapshot).catch(() => undefined));
  return {
    close: () => {
      unsubscribe();
      return journal.close();
    },
  };
}
