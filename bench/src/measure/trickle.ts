/** Single images, each with its own listener, like a page that shows one upload. */
import { setTimeout as pause } from 'node:timers/promises';
import type { DocumentReference } from '@google-cloud/firestore';
import type { Stage } from './stage.js';

export interface Trickle {
  /** Prefix of all names; a different one for each trickle. */
  readonly prefix: string;
  readonly images: number;
  /** From the start of one upload to the start of the next. */
  readonly intervalMs: number;
  readonly image: Buffer;
}

const GIVE_UP_MS = 60_000;

/** @returns for each image the milliseconds from the start of its upload to its label at the listener */
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
    // The rejection is handled when all are awaited; the next upload does not wait.
    wait.catch(() => undefined);
    waits.push(wait);
    await stage.uploader.put(name, image);
    await next;
  }
  return Promise.all(waits);
}

/** Resolves when the listener is ready, to a promise of the time of the label. */
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
        if (status === 'done' || status === 'review') resolve(performance.now());
        else reject(new Error(`Expected a label at ${record.path} but it is ${status}`));
      }, reject);
    });
  });
}
