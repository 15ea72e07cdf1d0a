import type { MemoryRecordStore, RecordSnapshot } from '@hangtag/shared/adapters/memory/record-store.js';
import { Journal } from '../bucket/journal.js';

export interface RecordJournal {
  /** Writes what is still waiting, then closes the file. */
  close(): Promise<void>;
}

/** Restores a memory record store from a file, then appends every write to it: one line of JSON a write. */
export async function keepOnDisk(records: MemoryRecordStore, file: string): Promise<RecordJournal> {
  let isReplay = true;
  const journal = await Journal.open<RecordSnapshot>({
    path: file,
    durability: 'process-crash',
    parse: (line) => JSON.parse(line),
    // A write is in memory before it is in the file: to apply it again could undo a later write.
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
