/**
 * Measures from the bucket to Firestore, without a listener. Google's emulator reads the whole result of a
 * listener at every write, and a query that counts labels reads all records: each takes as much of the cores as
 * the pipeline's own writes. So labels are counted in the log of `classify`, and Firestore is queried once, at
 * the end.
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
/** Without news for this long, the missing labels are lost. */
const PATIENCE_MS = 60_000;
const LABELS: readonly unknown[] = ['done', 'review'];

export interface Counted {
  /** From the start of the first upload to the last label, by the times in the records. */
  readonly seconds: number;
  /** Counted in Firestore. */
  readonly labelled: number;
}

/**
 * @param load its `onLabel` receives every count
 * @throws Error if labels stop arriving before there is one for each image
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
  // The rejection is handled at the await below; labels are counted meanwhile.
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

/** Epoch milliseconds by the clock of the emulator, which is the clock of this machine. */
async function lastLabelAt({ firestore }: Stage): Promise<number> {
  const { docs } = await firestore.collectionGroup(IMAGES).orderBy('labeledAt', 'desc').limit(1).get();
  const at: unknown = docs[0]?.get('labeledAt');
  if (!(at instanceof Timestamp))
    throw new TypeError(`Expected the time of a label but received ${String(at)}`);
  return at.toMillis();
}
