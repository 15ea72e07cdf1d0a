/**
 * All writes of records of a pipeline that works at a constant rate: `ingest` and `classify` run on the memory adapters, with
 * one upload in each millisecond of a simulated clock. The records have what tenants can switch on: owners and colours.
 */
import { createHash } from 'node:crypto';
import { classify } from '@hangtag/functions/classify/handler.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import type { ImageId } from '@hangtag/shared/domain/identity.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { shardOf } from '@hangtag/shared/domain/index-shards.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import { benchApp } from '../measure/bench-app.js';

const BUCKET = 'scale';
const EPOCH_MS = Date.UTC(2026, 10, 1);
/** From the upload of an image to its label. */
const QUEUED_MS = 60;
const IMAGE = Uint8Array.of(1);
const COLOURS = ['black', 'dark red', 'light blue', 'white'];
const LABELS = ['Handbags', 'Heels', 'Kurtas', 'Shirts', 'Tops', 'Watches'];

const GRAY = { share: 1, lightness: 0.5, chroma: 0, hue: 0 };

export interface RecordWrite {
  readonly imageId: ImageId;
  /** Undefined if the write created the record. */
  readonly before: object | undefined;
  /** As Firestore stores it. */
  readonly record: object;
}

/** Names that are independent of time. */
export const randomName = (index: number) => `${digestOf(index)}.jpg`;

/** Names as cameras give them. */
export const risingName = (index: number) => `2026/11/IMG_${String(index).padStart(8, '0')}.jpg`;

/** Of a store with `shards` above 1. */
export function inShards(writes: readonly RecordWrite[], shards: number): readonly RecordWrite[] {
  return writes.map(({ imageId, before, record }) => {
    const shard = shardOf(imageId, shards);
    return { imageId, before: before && { ...before, shard }, record: { ...record, shard } };
  });
}

/** @returns two writes for each image, in their order */
export async function recordWrites(
  images: number,
  nameAt: (index: number) => string,
): Promise<readonly RecordWrite[]> {
  const clock = { ms: EPOCH_MS, now: () => clock.ms };
  const records = new MemoryRecordStore(clock);
  const last = new Map<ImageId, ImageRecord>();
  const writes: RecordWrite[] = [];
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
    metadata: { owner: 'shop' },
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
      palette: [{ ...GRAY, name: COLOURS[clock.now() % COLOURS.length] ?? '' }],
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
  const { surge, ...classifyPorts } = await app.classify();
  return {
    ingest: (object: Uploaded) => ingest({ kind: 'finalized', object }, ingestPorts),
    classify: (object: Uploaded) =>
      classify(
        { message: imageMessageOf(object), publishedAt: clock.now() },
        { ...classifyPorts, topics: {} },
      ),
  };
}

function digestOf(index: number): string {
  return createHash('md5').update(String(index)).digest('base64url');
}
