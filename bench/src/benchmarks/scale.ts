/**
 * Can Firestore distribute the writes of records over many machines? `ingest` and `classify` run on the memory
 * adapters at a thousand images a second, and every index entry of their writes is recorded: with names that
 * are independent of time, and with increasing names, as cameras give them.
 */
import { fileURLToPath } from 'node:url';
import { readIndexFile } from '@hangtag/emulators/indexes/index-file.js';
import type { Benchmark } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { hottestShare } from '../hot-ranges.js';
import { indexHeat, recordIndexes } from '../measure/record-indexes.js';
import { randomName, recordWrites, risingName } from '../synthetic/record-writes.js';

const IMAGES = { full: 20_000, quick: 4_000 };
/** A range with more than this share of all writes is hot: evenly distributed it would be 0.4 %. */
const HOT = 0.02;
const FILE = fileURLToPath(new URL('../../../firestore.indexes.json', import.meta.url));

export const benchmark: Benchmark = async ({ scale, say }) => [
  ...(await measure('random_names', IMAGES[scale], { nameAt: randomName, say })),
  ...(await measure('rising_names', IMAGES[scale], { nameAt: risingName, say })),
];

interface Names {
  readonly nameAt: (index: number) => string;
  readonly say: (line: string) => void;
}

async function measure(what: string, images: number, { nameAt, say }: Names): Promise<Measurement[]> {
  const writes = await recordWrites(images, nameAt);
  const share = (name: string, value: number): Measurement => ({
    name: `scale.hottest_range.${what}.${name}`,
    unit: 'share',
    values: [value],
  });
  const ids = writes.filter(({ before }) => before === undefined).map(({ imageId }): string => imageId);
  const indexes = recordIndexes(await readIndexFile(FILE), writes).map((index) => indexHeat(index, writes));
  const hot = indexes.filter((index) => index.share > HOT);
  say(`${what}: ${hot.length} of ${indexes.length} indexes have a hot range`);
  return [
    share('document_id', hottestShare(ids)),
    { name: `scale.indexes.${what}`, unit: 'indexes', values: [indexes.length] },
    { name: `scale.hot_indexes.${what}`, unit: 'indexes', values: [hot.length] },
    ...hot.map((index) => share(index.name, index.share)),
  ];
}
