/** The upload queue of a run, its results and their display, connected to a stack. */
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { visible } from '../visible.js';
import { DropQueue } from './drop-queue.js';
import { Results } from './results.js';
import { Settling } from './settling.js';
import type { Stack } from './stack.js';
import { type Display, openDisplay } from './table.js';

/** If no image has changed for this time, the run stops waiting for labels. */
export const PATIENCE_MS = 60_000;
const SILENCE_MS = 3_000;

export interface Desk {
  readonly results: Results;
  readonly display: Display;
  readonly settling: Settling;
  readonly queue: DropQueue;
  /** The number of files that could not be uploaded. */
  refused(): number;
  close(): void;
}

export async function openDesk(stack: Stack): Promise<Desk> {
  const results = new Results(Date.now());
  const display = openDisplay(results, process.stdout);
  const see = (record: ImageRecord, now: number) => {
    display.show(results.see(record, now));
    settling.touch();
  };
  const settling: Settling = new Settling({
    results,
    read: (names) => records.read(names),
    see: (record) => display.show(results.see(record, record.updatedAt)),
    silenceMs: SILENCE_MS,
    patienceMs: PATIENCE_MS,
  });
  const records = await stack.watch((record) => see(record, Date.now()));
  let refused = 0;
  const queue = new DropQueue(stack, {
    dropping: ({ name, truth }) => results.expect(name, Date.now(), truth),
    present: ({ name }) => {
      results.keep(name);
      settling.touch();
    },
    refused: ({ name }, { reason, detail }) => {
      refused += 1;
      display.show(results.refuse(name, reason));
      display.say(`Not uploaded: ${visible(name)}: ${reason} (${visible(detail)})`);
      settling.touch();
    },
  });
  const close = () => {
    queue.stop();
    settling.close();
    records.stop();
  };
  return { results, display, settling, queue, refused: () => refused, close };
}
