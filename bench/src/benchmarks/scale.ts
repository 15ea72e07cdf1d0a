/**
 * Can Firestore distribute the writes of records over many machines? `ingest` and `classify` run on the memory
 * adapters at a thousand images a second, and every index entry of their writes is recorded: with names that
 * are independent of time, and with increasing names, as cameras give them; and these with sharded indexes.
 */

import { readIndexFile } from '@hangtag/emulators/indexes/index-file.js';
import { INDEX_FILE, SHARDED_INDEX_FILE } from '@hangtag/emulators/indexes/write-sharded-indexes.js';
import { MOST_SHARDS } from '@hangtag/shared/domain/index-shards.js';
import type { Benchmark } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { hottestShare } from '../hot-ranges.js';
import { indexHeat, recordIndexes } from '../measure/record-indexes.js';
import {
  inShards,
  type RecordWrite,
  randomName,
  recordWrites,
  risingName,
} from '../synthetic/record-writes.js';

const IMAGES = { full: 20_000, quick: 4_000 };
/** A range with more than this share of all writes is hot: evenly distributed it would be 0.4 %. */
const HOT = 0.02;

export const benchmark: Benchmark = async ({ scale, say }) => {
  const random = await recordWrites(IMAGES[scale], randomName);
  const rising = await recordWrites(IMAGES[scale], risingName);
  const runs = [
    await heatOf('random_names', random, INDEX_FILE),
    await heatOf('rising_names', rising, INDEX_FILE),
    await heatOf('rising_names_in_shards', inShards(rising, MOST_SHARDS), SHARDED_INDEX_FILE),
  ];
  for (const { summary } of runs) say(summary);
  return runs.flatMap(({ measurements }) => measurements);
};

async function heatOf(what: string, writes: readonly RecordWrite[], file: string) {
  const share = (name: string, value: number): Measurement => ({
    name: `scale.hottest_range.${what}.${name}`,
    unit: 'share',
    values: [value],
  });
  const ids = writes.filter(({ before }) => before === undefined).map(({ imageId }): string => imageId);
  const indexes = recordIndexes(await readIndexFile(file), writes).map((index) => indexHeat(index, writes));
  const hot = indexes.filter((index) => index.share > HOT);
  const measurements: readonly Measurement[] = [
    share('document_id', hottestShare(ids)),
    share('hottest_index', Math.max(...indexes.map((index) => index.share))),
    { name: `scale.indexes.${what}`, unit: 'indexes', values: [indexes.length] },
    { name: `scale.hot_indexes.${what}`, unit: 'indexes', values: [hot.length] },
    ...hot.map((index) => share(index.name, index.share)),
  ];
  return { measurements, summary: `${what}: ${hot.length} of ${indexes.length} indexes have a hot range` };
}
