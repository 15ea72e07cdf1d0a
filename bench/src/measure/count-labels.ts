/**
 * From the bucket to Firestore, and no further: nobody listens. Google's emulator sends a listener its whole result with
 * every write, which would take more of the cores than the pipeline does.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Query, Timestamp } from '@google-cloud/firestore';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import pMap from 'p-map';
import type { Load } from './drive.js';
import type { Stage } from './stage.js';

/**
 * Between two counts, each of which reads the whole collection: counted every half second, 3,000 records took the emulator as
 * long as the images' own writes.
 */
const COUNT_EVERY_MS = { least: 500, most: 2_000 };
/** So long without anything new: what is waited for is lost. */
const PATIENCE_MS = 60_000;

export interface Counted {
  /** From the start of the first upload to the last label, by the records' own word. */
  readonly seconds: number;
  readonly labelled: number;
}

/**
 * @param load its `onLabel` is told of every count
 * @throws Error where labels stop coming before there is one for each image
 */
export async function uploadAndCount(stage: Stage, load: Load): Promise<Counted> {
  const { prefix, images, inFlight, pictures, onLabel } = load;
  const before = await countLabelled(stage);
  const startedAt = Date.now();
  const names = Array.from({ length: images }, (_, index) => `${prefix}/${index}.jpg`);
  const put = (name: string, index: number) =>
    stage.uploader.put(name, pictures[index % pictures.length] ?? Buffer.alloc(0));
  const uploads = pMap(names, put, { concurrency: inFlight });
  // Handled when it is awaited: labels are counted meanwhile.
  uploads.catch(() => undefined);
  let labelled = 0;
  let newsAt = startedAt;
  while (labelled < images) {
    await pause(untilNextCountMs(images, labelled, newsAt - startedAt));
    const now = (await countLabelled(stage)) - before;
    if (now > labelled) newsAt = Date.now();
    if (Date.now() - newsAt > PATIENCE_MS)
      throw new Error(`Expected ${images} labels but no more than ${labelled} came`);
    labelled = now;
    onLabel?.(labelled);
  }
  await uploads;
  return { seconds: ((await lastLabelAt(stage)) - startedAt) / 1_000, labelled };
}

/** Half of what the rest will take at the rate so far. */
function untilNextCountMs(images: number, labelled: number, takenMs: number): number {
  const restMs = labelled === 0 ? 0 : (takenMs / labelled) * (images - labelled);
  return Math.min(Math.max(restMs / 2, COUNT_EVERY_MS.least), COUNT_EVERY_MS.most);
}

async function countLabelled(stage: Stage): Promise<number> {
  return (await labelledIn(stage).count().get()).data().count;
}

/** Epoch milliseconds, by the emulator's clock, which is this machine's. */
async function lastLabelAt({ firestore }: Stage): Promise<number> {
  const { docs } = await firestore.collectionGroup(IMAGES).orderBy('labeledAt', 'desc').limit(1).get();
  const at: unknown = docs[0]?.get('labeledAt');
  if (!(at instanceof Timestamp))
    throw new TypeError(`Expected the time of a label but received ${String(at)}`);
  return at.toMillis();
}

function labelledIn({ firestore }: Stage): Query {
  return firestore.collectionGroup(IMAGES).where('status', 'in', ['done', 'review']);
}
