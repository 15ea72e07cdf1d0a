/**
 * From the bucket to Firestore, and no further: nobody listens. Google's emulator sends a listener its whole result with
 * every write, and a query that counts labels reads all records: either takes as much of the cores as the pipeline's own
 * writes. So labels are counted as `classify` logs them, and Firestore is asked once, at the end.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Timestamp } from '@google-cloud/firestore';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import pMap from 'p-map';
import type { Load } from './drive.js';
import { LogTail } from './log-tail.js';
import type { Stage } from './stage.js';

const LOOK_EVERY_MS = 250;
/** So long without anything new: what is waited for is lost. */
const PATIENCE_MS = 60_000;
const LABELS: readonly unknown[] = ['done', 'review'];

export interface Counted {
  /** From the start of the first upload to the last label, by the records' own word. */
  readonly seconds: number;
  /** By Firestore's word. */
  readonly labelled: number;
}

/**
 * @param load its `onLabel` is told of every count
 * @throws Error where labels stop coming before there is one for each image
 */
export async function uploadAndCount(stage: Stage, load: Load): Promise<Counted> {
  const { prefix, images, inFlight, pictures } = load;
  const before = await countLabelled(stage);
  const log = await LogTail.open(join(stage.logDir, 'classify.log'));
  const startedAt = Date.now();
  const names = Array.from({ length: images }, (_, index) => `${prefix}/${index}.jpg`);
  const put = (name: string, index: number) =>
    stage.uploader.put(name, pictures[index % pictures.length] ?? Buffer.alloc(0));
  const uploads = pMap(names, put, { concurrency: inFlight });
  // Handled when it is awaited: labels are counted meanwhile.
  uploads.catch(() => undefined);
  try {
    await untilLogged(log, load);
  } finally {
    await log.close();
  }
  await uploads;
  const labelled = (await countLabelled(stage)) - before;
  if (labelled !== images) throw new Error(`Expected ${images} labels in Firestore but counted ${labelled}`);
  return { seconds: ((await lastLabelAt(stage)) - startedAt) / 1_000, labelled };
}

async function untilLogged(log: LogTail, { prefix, images, onLabel }: Load): Promise<void> {
  const labelled = new Set<string>();
  let newsAt = Date.now();
  while (labelled.size < images) {
    await pause(LOOK_EVERY_MS);
    const known = labelled.size;
    for (const { name, outcome } of await log.read()) {
      if (typeof name === 'string' && name.startsWith(`${prefix}/`) && LABELS.includes(outcome))
        labelled.add(name);
    }
    if (labelled.size > known) newsAt = Date.now();
    else if (Date.now() - newsAt > PATIENCE_MS)
      throw new Error(`Expected ${images} labels but no more than ${labelled.size} came`);
    onLabel?.(labelled.size);
  }
}

async function countLabelled({ firestore }: Stage): Promise<number> {
  const labelled = firestore.collectionGroup(IMAGES).where('status', 'in', LABELS);
  return (await labelled.count().get()).data().count;
}

/** Epoch milliseconds, by the emulator's clock, which is this machine's. */
async function lastLabelAt({ firestore }: Stage): Promise<number> {
  const { docs } = await firestore.collectionGroup(IMAGES).orderBy('labeledAt', 'desc').limit(1).get();
  const at: unknown = docs[0]?.get('labeledAt');
  if (!(at instanceof Timestamp))
    throw new TypeError(`Expected the time of a label but received ${String(at)}`);
  return at.toMillis();
}
