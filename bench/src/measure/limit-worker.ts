/**
 * One process of the limit: gets the model and the pictures, reports that it is warm, then labels a number of
 * images on request.
 */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockLoaders } from '@hangtag/shared/imaging/libvips.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import type { LimitStart, LimitTask } from './limit.js';

const WARM_UP = 10;

process.on('disconnect', () => process.exit());
lockLoaders();
const [{ modelDir, pictures }]: [LimitStart] = (await once(process, 'message')) as [LimitStart];
const names = (await readdir(pictures)).sort();
const images = await Promise.all(names.map((name) => readFile(join(pictures, name))));
const classifier = await loadClassifier(modelDir, { engine: 'onnx' });
await work(WARM_UP);
process.on('message', (task: LimitTask) => {
  void work(task.images).then(() => process.send?.('done'));
});
process.send?.('ready');

async function work(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await classifier.classify(images[index % images.length] ?? new Uint8Array());
  }
}
