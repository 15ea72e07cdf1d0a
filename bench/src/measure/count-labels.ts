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

/** Between two counts, each of which reads the whole collection. */
const COUNT_EVERY_MS = 500;
/** So many counts without anything new: what is waited for is lost. */
const PATIENCE = 120;

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
  for (let idle = 0; labelled < images; idle += 1) {
    if (idle > PATIENCE) throw new Error(`Expected ${images} labels but no more than ${labelled} came`);
    await pause(COUNT_EVERY_MS);
    const now = (await countLabelled(stage)) - before;
    if (now > labelled) idle = 0;
    labelled = now;
    onLabel?.(labelled);
  }
  await uploads;
  return { seconds: ((await lastLabelAt(stage)) - startedAt) / 1_000, labelled };
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
