/**
 * The declarations: what triggers each function, and what it may use. No business rule lives here. `firebase deploy`
 * and the Firebase emulator suite read them; functions-framework, or the local host in its place, runs the same exports.
 */

import { standardLog } from '@hangtag/shared/log.js';
import { onMessagePublished } from 'firebase-functions/v2/pubsub';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import {
  onObjectArchived,
  onObjectDeleted,
  onObjectFinalized,
  onObjectMetadataUpdated,
} from 'firebase-functions/v2/storage';
import { heartbeat as listenForReports } from './alerts/heartbeat.js';
import { tellOfModel } from './alerts/model-trust.js';
import { classifyCommand } from './classify/command.js';
import { classify as classifyImage } from './classify/handler.js';
import {
  alertPorts,
  classifyPorts,
  deadLetterPorts,
  heartbeatPorts,
  INGEST_INSTANCES,
  ingestPorts,
  modelToTrust,
  organisePorts,
  reportPorts,
  sweepPorts,
} from './composition.js';
import { deadLetter as parkImage } from './dead-letter/handler.js';
import { ingestCommand } from './ingest/command.js';
import { ingest as ingestObject } from './ingest/handler.js';
import { organise as fileImage } from './organise/handler.js';
import { respond } from './respond.js';
import {
  backfillTopic,
  bucket,
  deadLetterTopic,
  internal,
  labeledTopic,
  reporting,
  secrets,
  sweeping,
  timeZone,
  uploadedTopic,
} from './settings.js';
import { watchSweep } from './sweep/answer.js';
import { sweepLine } from './sweep/outcome.js';
import { sweepNightly, sweepOn } from './sweep/scheduled.js';
import { tellSlow } from './sweep/tell-slow.js';

const common = { ...internal, retry: true } as const;
const light = { ...common, memory: '256MiB', cpu: 1, concurrency: 40, timeoutSeconds: 60 } as const;

/** They need the secrets for the guard of the daily limit, which sends an alert when the limit is reached. */
const ingesting = { ...light, bucket, secrets } as const;

/** The functions that this process serves; empty where the declarations are only read. */
const served = process.env['FUNCTION_TARGET']?.split(',') ?? [];

export const ingest = onObjectFinalized({ ...ingesting, maxInstances: INGEST_INSTANCES }, (event) =>
  respond('ingest', async () =>
    ingestObject(ingestCommand('finalized', event.data, bucket.value()), await ingestPorts()),
  ),
);

export const ingestDeleted = onObjectDeleted({ ...ingesting, maxInstances: 20 }, (event) =>
  respond('ingestDeleted', async () =>
    ingestObject(ingestCommand('deleted', event.data, bucket.value()), await ingestPorts()),
  ),
);

/** In a versioned bucket, deletions and moves archive an object. */
export const ingestArchived = onObjectArchived({ ...ingesting, maxInstances: 20 }, (event) =>
  respond('ingestArchived', async () =>
    ingestObject(ingestCommand('archived', event.data, bucket.value()), await ingestPorts()),
  ),
);

/** Takes over an owner or a reference that is set after the upload. */
export const ingestMetadata = onObjectMetadataUpdated({ ...ingesting, maxInstances: 20 }, (event) =>
  respond('ingestMetadata', async () =>
    ingestObject(ingestCommand('metadataUpdated', event.data, bucket.value()), await ingestPorts()),
  ),
);

/** Two decoders side by side on two cores; more in flight would only wait inside the instance. */
const labelling = { ...common, secrets, memory: '1GiB', cpu: 2, concurrency: 8, timeoutSeconds: 60 } as const;

export const classify = onMessagePublished(
  { ...labelling, topic: uploadedTopic, maxInstances: 100 },
  (event) =>
    respond('classify', async () =>
      classifyImage(classifyCommand(event.data, bucket.value()), await classifyPorts()),
    ),
);

/** The same work on instances of its own: however long a backlog is, what is uploaded now does not wait behind it. */
export const classifyBackfill = onMessagePublished(
  { ...labelling, topic: backfillTopic, maxInstances: 10 },
  (event) =>
    respond('classifyBackfill', async () =>
      classifyImage(classifyCommand(event.data, bucket.value()), await classifyPorts()),
    ),
);

export const deadLetter = onMessagePublished(
  { ...light, topic: deadLetterTopic, maxInstances: 10 },
  (event) =>
    respond('deadLetter', async () =>
      parkImage(classifyCommand(event.data, bucket.value()), await deadLetterPorts()),
    ),
);

/** Files settled images by what they show, where that is wished; off unless configured. */
export const organise = onMessagePublished({ ...light, topic: labeledTopic, maxInstances: 20 }, (event) =>
  respond('organise', async () =>
    fileImage(classifyCommand(event.data, bucket.value()).message, await organisePorts()),
  ),
);

export const sweep = onSchedule({ ...sweeping, schedule: '0 2 * * *', timeZone }, ({ scheduleTime }) =>
  respond('sweep', async () => {
    const nightly = { bucket: bucket.value(), scheduleTime };
    const result = await sweepNightly(nightly, await sweepPorts(), watchSweep);
    await tellSlow(result, await alertPorts());
    return sweepLine(result);
  }),
);

/** Goes on with what ran out of time or was killed. */
export const sweepResume = onSchedule({ ...sweeping, schedule: '*/10 * * * *', timeZone }, () =>
  respond('sweepResume', async () => {
    const result = await sweepOn(bucket.value(), await sweepPorts(), watchSweep);
    await tellSlow(result, await alertPorts());
    return result === undefined ? { outcome: 'nothing-unfinished' } : sweepLine(result);
  }),
);

/** Every hour: a day ends at another hour in every time zone, and a tick that was missed is made up for. */
export const report = onSchedule({ ...reporting, schedule: '30 * * * *', retryCount: 3 }, () =>
  respond('report', async () => {
    const { reportWhatIsDue } = await import('./report/schedule.js');
    return reportWhatIsDue(await reportPorts());
  }),
);

const ON_DEMAND: readonly string[] = ['sweepNow', 'reportNow'];
// What firebase-functions needs for requests is most of it: a process that serves events does without, and starts sooner.
const onDemand =
  served.length === 0 || served.some((name) => ON_DEMAND.includes(name))
    ? await import('./on-demand.js')
    : undefined;
export const sweepNow = onDemand?.sweepNow;
export const reportNow = onDemand?.reportNow;

/** Not the report's business: a report that does not run cannot say so. */
export const heartbeat = onSchedule(
  {
    ...internal,
    secrets,
    memory: '256MiB',
    cpu: 1,
    timeoutSeconds: 60,
    schedule: '10 * * * *',
    maxInstances: 1,
  },
  () => respond('heartbeat', async () => listenForReports(await heartbeatPorts())),
);

// An instance makes its connections, and `classify` loads and checks its model, before the first event rather than
// during it. None goes on with a configuration or a model that it cannot trust.
const labels = () => Promise.all([classifyPorts(), modelToTrust()]);
const startOf = {
  ingest: ingestPorts,
  ingestDeleted: ingestPorts,
  ingestArchived: ingestPorts,
  ingestMetadata: ingestPorts,
  classify: labels,
  classifyBackfill: labels,
  deadLetter: deadLetterPorts,
} as const;
for (const [name, start] of Object.entries(startOf)) {
  if (!served.includes(name)) continue;
  start().then(
    async () => {
      if (isLabelling(name)) await tell(undefined);
    },
    async (error: unknown) => {
      standardLog.fatal({ function: name, err: error, outcome: 'refused-to-start' });
      if (isLabelling(name)) await tell(error);
      process.exit(1);
    },
  );
}

function isLabelling(name: string): boolean {
  return startOf[name as keyof typeof startOf] === labels;
}

/** A worker serves, or refuses, whether or not people can be told. */
async function tell(refusal: unknown): Promise<void> {
  try {
    await tellOfModel(refusal, await alertPorts());
  } catch (error) {
    standardLog.error({ function: 'alerts', err: error, outcome: 'untold' });
  }
}
