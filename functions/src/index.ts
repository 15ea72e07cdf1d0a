/**
 * The declarations: what triggers each function, and what it may use. No business rule lives here. `firebase deploy`
 * and the Firebase emulator suite read them; functions-framework runs the same exports locally and in the container.
 */

import { standardLog } from '@hangtag/shared/log.js';
import { defineString } from 'firebase-functions/params';
import { type HttpsFunction, onRequest } from 'firebase-functions/v2/https';
import { onMessagePublished } from 'firebase-functions/v2/pubsub';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { onObjectDeleted, onObjectFinalized } from 'firebase-functions/v2/storage';
import { heartbeat as listenForReports } from './alerts/heartbeat.js';
import { classifyCommand } from './classify/command.js';
import { classify as classifyImage } from './classify/handler.js';
import { classifyPorts, deadLetterPorts, heartbeatPorts, ingestPorts, reportPorts } from './composition.js';
import { deadLetter as parkImage } from './dead-letter/handler.js';
import { ingestCommand } from './ingest/command.js';
import { ingest as ingestObject } from './ingest/handler.js';
import { answerReport } from './report/on-demand.js';
import { reportWhatIsDue } from './report/schedule.js';
import { respond } from './respond.js';

const bucket = defineString('HANGTAG_BUCKET', { default: 'hangtag-images' });
const region = defineString('HANGTAG_REGION', { default: 'us-central1' });
const uploadedTopic = defineString('HANGTAG_UPLOADED_TOPIC', { default: 'image-uploaded' });
const deadLetterTopic = defineString('HANGTAG_DEAD_LETTER_TOPIC', { default: 'image-uploaded-dead' });

/** None is needed: every adapter authenticates as the function's service account. */
const secrets: string[] = [];
const internal = { region, ingressSettings: 'ALLOW_INTERNAL_ONLY', secrets } as const;
const common = { ...internal, retry: true } as const;
const light = { ...common, memory: '256MiB', cpu: 1, concurrency: 40, timeoutSeconds: 60 } as const;

export const ingest = onObjectFinalized({ ...light, bucket, maxInstances: 100 }, (event) =>
  respond('ingest', async () => ingestObject(ingestCommand('finalized', event.data), await ingestPorts())),
);

export const ingestDeleted = onObjectDeleted({ ...light, bucket, maxInstances: 20 }, (event) =>
  respond('ingestDeleted', async () =>
    ingestObject(ingestCommand('deleted', event.data), await ingestPorts()),
  ),
);

/** Two decoders side by side on two cores; more in flight would only wait inside the instance. */
export const classify = onMessagePublished(
  {
    ...common,
    topic: uploadedTopic,
    memory: '1GiB',
    cpu: 2,
    concurrency: 8,
    timeoutSeconds: 60,
    maxInstances: 100,
  },
  (event) =>
    respond('classify', async () => classifyImage(classifyCommand(event.data), await classifyPorts())),
);

export const deadLetter = onMessagePublished(
  { ...light, topic: deadLetterTopic, maxInstances: 10 },
  (event) =>
    respond('deadLetter', async () => parkImage(classifyCommand(event.data), await deadLetterPorts())),
);

const reporting = {
  ...internal,
  memory: '512MiB',
  cpu: 1,
  concurrency: 1,
  timeoutSeconds: 1800,
  maxInstances: 1,
} as const;

/** Every hour: a day ends at another hour in every time zone, and a tick that was missed is made up for. */
export const report = onSchedule({ ...reporting, schedule: '30 * * * *', retryCount: 3 }, () =>
  respond('report', async () => reportWhatIsDue(await reportPorts())),
);

/** On demand: POST `{"day": "2026-11-20", "tenant": "default"}`; without a day, yesterday. */
export const reportOnDemand: HttpsFunction = onRequest(
  { ...reporting, invoker: 'private' },
  async (request, response) => {
    const answer = await answerReport(request, await reportPorts());
    response.status(answer.status).json(answer.body);
  },
);

/** Not the report's business: a report that does not run cannot say so. */
export const heartbeat = onSchedule(
  { ...internal, memory: '256MiB', schedule: '10 * * * *', maxInstances: 1 },
  () => respond('heartbeat', async () => listenForReports(await heartbeatPorts())),
);

// A classify worker loads and checks its model when it starts, and does not start with a model it cannot trust.
if (process.env['FUNCTION_TARGET']?.split(',').includes('classify')) {
  classifyPorts().catch((error: unknown) => {
    standardLog.fatal({ err: error, outcome: 'refused-to-start' });
    process.exit(1);
  });
}
