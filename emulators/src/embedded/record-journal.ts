import type { MemoryRecordStore, RecordSnapshot } from '@hangtag/shared/adapters/memory/record-store.js';
import { Journal, type JournalOptions } from '../bucket/journal.js';

export interface RecordJournal {
  /** Writes the pending lines, then closes the file. */
  close(): Promise<void>;
}

export interface KeepOptions extends Pick<JournalOptions<RecordSnapshot>, 'beforeWrite'> {
  /** Called for the first of several writes that fail. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * Restores a memory record store from a file, then appends every write to the file as one line of JSON. After a write that fails (a
 * full disk), the next one that succeeds is followed by all records; without one, the next start does not have it.
 */
export async function keepOnDisk(
  records: MemoryRecordStore,
  file: string,
  { onFault, beforeWrite }: KeepOptions = {},
): Promise<RecordJournal> {
  let isReplay = true;
  let isBehind = false;
  const journal = await Journal.open<RecordSnapshot>({
    path: file,
    durability: 'process-crash',
    parse: (line) => JSON.parse(line),
    // A new write is already in memory when it is appended: applying it again could undo a later write.
    apply: (snapshot) => isReplay && records.restore([snapshot]),
    snapshot: () => records.entries(),
    beforeWrite,
  });
  isReplay = false;
  const write = async (snapshot: RecordSnapshot): Promise<void> => {
    try {
      await journal.append(snapshot);
    } catch (error) {
      if (!isBehind) onFault?.(error);
      isBehind = true;
      return;
    }
    if (!isBehind) return;
    isBehind = false;
    await Promise.all([...records.entries()].map(write));
  };
  const unsubscribe = records.subscribe((snapshot) => void write(snapshot));
  return {
    close: () => {
      unsubscribe();
      return journal.close();
    },
  };
}
