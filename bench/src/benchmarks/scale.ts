/**
 * Can Firestore distribute the writes of records over many machines? `ingest` and `classify` run on the memory
 * adapters at a thousand images a second, and every index entry of their writes is recorded: with names that
 * are independent of time, and with increasing names, as cameras give them.
 */
import { createHash } from 'node:crypto';
import { classify } from '@hangtag/functions/classify/handler.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import type { ImageId } from '@hangtag/shared/domain/identity.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import type { Benchmark } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { hottestShare } from '../hot-ranges.js';
import { benchApp } from '../measure/bench-app.js';
import { entryOf, type RecordIndex, recordIndexes } from '../measure/record-indexes.js';

const IMAGES = { full: 20_000, quick: 4_000 };
const BUCKET = 'scale';
const EPOCH_MS = Date.UTC(2026, 10, 1);
/** One image a millisecond; each is labelled this much later. */
const QUEUED_MS = 60;
const IMAGE = Uint8Array.of(1);
/**
 * A range with more than this share of all writes is hot: evenly distributed it would be less than a hundredth.
 */
const HOT = 0.1;

export const benchmark: Benchmark = async ({ scale, say }) => [
  ...(await measure('random_names', IMAGES[scale], { nameAt: (index) => `${digestOf(index)}.jpg`, say })),
  ...(await measure('rising_names', IMAGES[scale], {
    nameAt: (index) => `2026/11/IMG_${String(index).padStart(8, '0')}.jpg`,
    say,
  })),
];

interface Names {
  readonly nameAt: (index: number) => string;
  readonly say: (line: string) => void;
}

async function measure(what: string, images: number, { nameAt, say }: Names): Promise<Measurement[]> {
  const writes = await writesOf(images, nameAt);
  const example = writes.at(-1)?.record;
  if (example === undefined) throw new Error('Expected records');
  const share = (name: string, value: number): Measurement => ({
    name: `scale.hottest_range.${what}.${name}`,
    unit: 'share',
    values: [value],
  });
  const ids = writes.filter(({ before }) => before === undefined).map(({ imageId }): string => imageId);
  const indexes = (await recordIndexes(example)).map((index) => ({
    name: index.name,
    share: hottestShare(entriesOf(index, writes)),
  }));
  const hot = indexes.filter((index) => index.share > HOT);
  say(`${what}: ${hot.length} of ${indexes.length} indexes have a hot range`);
  return [
    share('document_id', hottestShare(ids)),
    { name: `scale.hot_indexes.${what}`, unit: 'indexes', values: [hot.length] },
    ...hot.map((index) => share(index.name, index.share)),
  ];
}

interface Write {
  readonly imageId: ImageId;
  readonly before: ImageRecord | undefined;
  readonly record: ImageRecord;
}

/** An index is written only if the entry changed. */
function entriesOf(index: RecordIndex, writes: readonly Write[]): string[] {
  return writes.flatMap(({ before, record, imageId }) => {
    const entry = entryOf(index, record, imageId);
    return before !== undefined && entryOf(index, before, imageId) === entry ? [] : entry;
  });
}

/** All writes, in their order, of a pipeline that works at a constant rate. */
async function writesOf(images: number, nameAt: (index: number) => string): Promise<readonly Write[]> {
  const clock = { ms: EPOCH_MS, now: () => clock.ms };
  const records = new MemoryRecordStore(clock);
  const last = new Map<ImageId, ImageRecord>();
  const writes: Write[] = [];
  records.subscribe(({ key: { imageId }, record }) => {
    writes.push({ imageId, before: last.get(imageId), record });
    last.set(imageId, record);
  });
  const handlers = await handlersOn(records, clock);
  for (let step = 0; step < images + QUEUED_MS; step += 1) {
    clock.ms = EPOCH_MS + step;
    if (step < images) await handlers.ingest(objectAt(step, nameAt));
    const queued = step - QUEUED_MS;
    if (queued >= 0) await handlers.classify(objectAt(queued, nameAt));
  }
  return writes;
}

type Uploaded = ReturnType<typeof objectAt>;

function objectAt(index: number, nameAt: (index: number) => string) {
  const uploadedAt = EPOCH_MS + index;
  return {
    bucket: BUCKET,
    name: nameAt(index),
    generation: parseGeneration(String(uploadedAt * 1_000)),
    size: 300_000 + (index % 1_000),
    contentType: 'image/jpeg',
    md5Hash: digestOf(index),
    uploadedAt,
    metadata: {},
  };
}

async function handlersOn(records: MemoryRecordStore, clock: { now(): number }) {
  const unused = () => Promise.reject(new Error('Expected labelling not to need that'));
  const objects = { read: async () => IMAGE, list: unused, stat: unused, write: unused, remove: unused };
  const classifier = {
    model: { id: 'model', version: '1', sha256: 'f'.repeat(64) },
    classify: async () => ({
      scores: [{ label: LABELS[clock.now() % LABELS.length] ?? '', score: 0.5 + (clock.now() % 49) / 100 }],
      unknown: false,
      decodeMs: 7 + (clock.now() % 13) / 10,
      inferMs: 3 + (clock.now() % 7) / 10,
    }),
    close: async () => undefined,
  };
  const manifest = { id: 'model', version: '1', labels: LABELS };
  const models = {
    resolve: async () => ({ classifier, manifest, policy: DEFAULT_VERDICT_POLICY }),
    ready: async () => undefined,
    close: async () => undefined,
  };
  const publisher = new MemoryPublisher(() => undefined);
  const app = benchApp({ bucket: BUCKET, clock, ports: { records, objects, models, publisher } });
  const ingestPorts = await app.ingest();
  // Without another lane, as in `classifyBackfill`: every image is labelled here.
  const classifyPorts = { ...(await app.classify()), topics: {} };
  return {
    ingest: (object: Uploaded) => ingest({ kind: 'finalized', object }, ingestPorts),
    classify: (object: Uploaded) =>
      classify({ message: imageMessageOf(object), publishedAt: clock.now() }, classifyPorts),
  };
}

const LABELS = ['Handbags', 'Heels', 'Kurtas', 'Shirts', 'Tops', 'Watches'];

function digestOf(index: number): string {
  return createHash('md5').update(String(index)).digest('base64url');
}
