/**
 * The stack without Java: the bucket server, the functions with memory adapters, and queues instead of Pub/Sub, all in this
 * process. There is no Firestore, so Firestore clients cannot listen to records.
 */

import { once } from 'node:events';
import { appendFileSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type App, createApp } from '@hangtag/functions/app/app.js';
import { isEvent, isListener } from '@hangtag/functions/platform/function-entry.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { createLog } from '@hangtag/shared/log.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import type { DestinationStream } from 'pino';
import { startBucketServer } from '../bucket/server.js';
import { createFunctionsServer, limitBody } from '../functions-host/server.js';
import { startScheduler } from '../scheduler/scheduler.js';
import { createBucket } from '../start/create-bucket.js';
import { recordKeyOf } from '../start/record-feed.js';
import { Running } from '../start/running.js';
import { jobsOf } from '../start/scheduled-jobs.js';
import { type Stack, type StackRequest, settingsOf } from '../start/stack.js';
import { HOST, PROJECT } from '../start/stack-plan.js';
import { callEndpoint } from './call-endpoint.js';
import { memoryAdapters } from './memory-adapters.js';
import { EmbeddedPlatform } from './platform.js';
import { keepOnDisk } from './record-journal.js';

export interface EmbeddedPorts {
  readonly bucket: number;
  readonly functions: number;
}

export async function startEmbeddedStack(request: StackRequest, ports: EmbeddedPorts): Promise<Stack> {
  const { bucket, dataDir, modelDir } = request;
  const url = `http://${HOST}:${ports.bucket}`;
  const logFile = join(dataDir, 'functions.log');
  const running = new Running();
  try {
    const config = parseConfig({
      ...process.env,
      HANGTAG_BUCKET: bucket,
      HANGTAG_MODEL_DIR: modelDir,
      HANGTAG_API_ACCESS: 'local',
      ...settingsOf(request),
    });
    const records = new MemoryRecordStore(systemClock);
    const recordsFile = join(dataDir, 'records.jsonl');
    const onFault = (error: unknown) =>
      request.say(
        `Expected to save the records in ${recordsFile} but found ${describeSystemError(error)}. What is not saved is lost when the stack stops.`,
      );
    await running.add(keepOnDisk(records, recordsFile, { onFault }), (journal) => journal.close());
    // The platform delivers again what fails. The client's own retries of a download go on after the reader has given it up: they
    // kept the process for up to 16 s after the bucket had stopped.
    const storage = storageClient({
      projectId: PROJECT,
      apiEndpoint: url,
      retryOptions: { autoRetry: false },
    });
    const publisher = new MemoryPublisher((topic, message) => platform.publish(topic, message));
    const app = createApp(
      { config, log: createLog(lossyLog(logFile)), clock: systemClock },
      memoryAdapters({ config, clock: systemClock, records, publisher, storage }),
    );
    await running.add(Promise.resolve(app), (made) => made.close());
    const platform = new EmbeddedPlatform(app);
    await (await app.models()).ready();
    const server = startBucketServer({
      dataDir: join(dataDir, 'bucket'),
      port: ports.bucket,
      projectId: PROJECT,
      onEvent: (event) => platform.takeObjectEvent(event),
    });
    await running.add(server, (made) => made.close());
    // Stopped before the bucket: a download in progress would wait for the bucket to answer again.
    await running.add(Promise.resolve(platform), (made) => made.stop());
    await createBucket(storage, bucket, config.HANGTAG_API_ORIGINS);
    for (const { record } of [...records.entries()]) {
      // These images were waiting when an earlier run ended.
      if (record.status === 'queued') {
        await publisher.publish(config.HANGTAG_UPLOADED_TOPIC, { data: imageMessageOf(record) });
      }
    }
    await running.add(serveCalls(app, ports.functions), (made) => void made.close());
    const jobs = jobsOf(config, (name) => `http://${HOST}:${ports.functions}/${name}`);
    await running.add(Promise.resolve(startScheduler(jobs)), (scheduler) => scheduler.stop());
    return {
      mode: 'embedded',
      bucket,
      env: { STORAGE_EMULATOR_HOST: url, GCLOUD_PROJECT: PROJECT },
      addresses: [
        ['bucket', `${url}/b/${bucket}`],
        ['functions', `http://${HOST}:${ports.functions}`],
        ['API', `http://${HOST}:${ports.functions}/api`],
        ['log', logFile],
      ],
      jobs: Object.fromEntries(jobs.map(({ name, url: jobUrl }) => [name, jobUrl])),
      watch: async (listener) => ({
        stop: records.subscribe(({ record }) => listener(record)),
        read: (names) => readRecords(records, bucket, names),
      }),
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** Serves schedules and requests: the functions that have a URL. */
async function serveCalls(app: App, port: number) {
  const endpoints = FUNCTIONS.map(async (entry) => {
    if (isEvent(entry)) return [];
    const endpoint = isListener(entry) ? await entry.listener(app) : limitBody(callEndpoint(entry, app));
    return [[entry.name, endpoint] as const];
  });
  const server = createFunctionsServer(new Map((await Promise.all(endpoints)).flat()));
  server.listen(port, HOST);
  await once(server, 'listening');
  return server;
}

async function readRecords(
  records: MemoryRecordStore,
  bucket: string,
  names: readonly string[],
): Promise<readonly ImageRecord[]> {
  const found = await Promise.all(names.map((name) => records.get(recordKeyOf(bucket, name))));
  return found.flatMap((each) => (each === undefined ? [] : [each.record]));
}

/** Without the lines that cannot be written: on a full disk, the destination of pino waits for ever when the process ends. */
function lossyLog(path: string): DestinationStream {
  const file = openSync(path, 'a');
  return {
    write(line) {
      try {
        appendFileSync(file, line);
      } catch {}
    },
  };
}
