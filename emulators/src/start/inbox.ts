/** The folder where a user drops files by hand: each goes into the bucket once it is written to its end. */
import { mkdir } from 'node:fs/promises';
import { watch } from 'chokidar';
import { type Picture, pictureOf } from './pictures.js';

const SETTLED_AFTER_MS = 300;

/** @returns how to stop */
export async function watchInbox(
  folder: string,
  labels: ReadonlySet<string>,
  dropped: (picture: Picture) => void,
): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const watcher = watch(folder, {
    ignoreInitial: false,
    ignored: (path) => /(^|[\\/])\.[^\\/]+$/.test(path.slice(folder.length)),
    awaitWriteFinish: { stabilityThreshold: SETTLED_AFTER_MS, pollInterval: 50 },
  });
  const take = (file: string) => dropped(pictureOf(file, { folder, labels }));
  watcher.on('add', take).on('change', take);
  return () => watcher.close();
}
