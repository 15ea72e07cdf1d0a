/**
 * The main job without Java: the bucket server, the same handlers over memory adapters kept on disk, and a queue
 * in place of Pub/Sub, all in this process. What is missing is Firestore itself, so no Firestore client can listen.
 */
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import type { ClassifyCommand } from '@hangtag/functions/classify/command.js';
import { classify } from '@hangtag/functions/classify/handler.js';
import { ingestCommand } from '@hangtag/functions/ingest/command.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { admissionPolicyOf, classifyPolicyOf } from '@hangtag/functions/policies.js';
import { respond } from '@hangtag/functions/respond.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { type Config, parseConfig } from '@hangtag/shared/config.js';
import type { ObjectVersion } from '@hangtag/shared/domain/identity.js';
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import { isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
import { createLog } from '@hangtag/shared/log.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { destination } from 'pino';
import type { ObjectEvent } from '../bucket/resource.js';
import { startBucketServer } from '../bucket/server.js';
import type { Stack, StackRequest } from '../start/stack.js';
import { keepOnDisk } from './record-journal.js';
import { RetryingQueue } from './retrying-queue.js';

const PROJECT = 'demo-hangtag';
const QUEUE = { concurrency: 4, minBackoffMs: 200, maxBackoffMs: 10_000 };

export async function startEmbeddedStack(request: StackRequest, port: number): Promise<Stack> {
  const { bucket, dataDir, modelDir } = request;
  const url = `http://127.0.0.1:${port}`;
  const config = parseConfig({ ...process.env, HANGTAG_BUCKET: bucket, HANGTAG_MODEL_DIR: modelDir });
  const classifier = await isolateClassifier(config.HANGTAG_MODEL_DIR, { engine: config.HANGTAG_ENGINE });
  const records = new MemoryRecordStore(systemClock);
  const journal = await keepOnDisk(records, join(dataDir, 'records.jsonl'));
  const storage = new Storage({ projectId: PROJECT, apiEndpoint: url });
  const logFile = join(dataDir, 'functions.log');
  const pipeline = openPipeline({ config, records, classifier, storage, logFile });
  const server = await startBucketServer({ dataDir: join(dataDir, 'bucket'), port, onEvent: pipeline.take });
  await storage.bucket(bucket).create().catch(ignoreConflict);
  pipeline.resume(records);
  return {
    mode: 'embedded',
    bucket,
    env: { STORAGE_EMULATOR_HOST: url, GCLOUD_PROJECT: PROJECT },
    addresses: [
      ['bucket', `${url}/b/${bucket}`],
      ['log', logFile],
    ],
    jobs: {},
    watch: async (listener) => records.subscribe(({ record }) => listener(record)),
    stop: async () => {
      await server.close();
      await pipeline.stop();
      await journal.close();
      await classifier.close();
    },
  };
}

interface PipelineParts {
  readonly config: Config;
  readonly records: MemoryRecordStore;
  readonly classifier: Classifier;
  readonly storage: Storage;
  readonly logFile: string;
}

interface Pipeline {
  /** An event of the bucket; resolves when its effect is in the records. */
  take(event: ObjectEvent): Promise<void>;
  /** Queues again what an earlier run left waiting. */
  resume(records: MemoryRecordStore): void;
  stop(): Promise<void>;
}

function openPipeline({ config, records, classifier, storage, logFile }: PipelineParts): Pipeline {
  const log = createLog(destination(logFile));
  const queue = new RetryingQueue<ClassifyCommand>((command, deliveryAttempt) => {
    const work = () => classify({ ...command, deliveryAttempt }, classifyPorts);
    return respond('classify', work, log);
  }, QUEUE);
  const enqueue = (message: ImageMessage) =>
    queue.push(message.tenant, { message, publishedAt: systemClock.now() });
  const publisher = new MemoryPublisher((_topic, { data }) => enqueue(data as ImageMessage));
  const objects = new GcsObjectStore(storage);
  const classifyPorts = {
    records,
    objects,
    classifier,
    publisher,
    clock: systemClock,
    topics: {},
    policy: classifyPolicyOf(config),
  };
  const topics = { uploaded: config.HANGTAG_UPLOADED_TOPIC };
  const ingestPorts = { records, publisher, objects, topics, policy: admissionPolicyOf(config) };
  return {
    take: async ({ type, resource }) => {
      const work = async () => ingest(ingestCommand(type, resource, config.HANGTAG_BUCKET), ingestPorts);
      await respond('ingest', work, log);
    },
    resume: (kept) => {
      const waiting = [...kept.entries()].filter(({ record }) => record.status === 'queued');
      for (const { key, record } of waiting) enqueue({ ...key, ...versionOf(record) });
    },
    stop: () => queue.stop(),
  };
}

function versionOf({ bucket, name, generation }: ObjectVersion): ObjectVersion {
  return { bucket, name, generation };
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 409)) throw error;
}
