/** Single images, each with a listener of its own at its record, as a page has that shows one upload. */
import { setTimeout as pause } from 'node:timers/promises';
import type { DocumentReference } from '@google-cloud/firestore';
import type { Stage } from './stage.js';

export interface Trickle {
  /** Names begin with it; another for each. */
  readonly prefix: string;
  readonly images: number;
  /** From the start of one upload to that of the next. */
  readonly intervalMs: number;
  readonly image: Buffer;
}

const GIVE_UP_MS = 60_000;

/** @returns of each image the milliseconds from the start of its upload to the listener's word of its label */
export async function trickle(
  stage: Stage,
  { prefix, images, intervalMs, image }: Trickle,
): Promise<number[]> {
  const waits: Promise<number>[] = [];
  for (let index = 0; index < images; index += 1) {
    const next = pause(intervalMs);
    const name = `${prefix}/${index}.jpg`;
    const { label } = await listenAt(stage.record(name));
    const startedAt = performance.now();
    const wait = label.then((heardAt) => heardAt - startedAt);
    // Handled when all are awaited: the next upload does not wait.
    wait.catch(() => undefined);
    waits.push(wait);
    await stage.uploader.put(name, image);
    await next;
  }
  return Promise.all(waits);
}

/** Resolves once the listener is there, to what it will hear: the moment of a label. */
function listenAt(record: DocumentReference): Promise<{ readonly label: Promise<number> }> {
  return new Promise((there) => {
    const label = new Promise<number>((resolve, reject) => {
      const lost = () => reject(new Error(`Expected a label at ${record.path} within ${GIVE_UP_MS} ms`));
      const timer = setTimeout(lost, GIVE_UP_MS);
      const stop = record.onSnapshot((snapshot) => {
        there({ label });
        const status: unknown = snapshot.get('status');
        if (status === undefined || status === 'queued') return;
        clearTimeout(timer);
        stop();
        resolve(performance.now());
      }, reject);
    });
  });
}
