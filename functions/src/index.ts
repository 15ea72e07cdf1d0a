/**
 * The declarations: what triggers each function, and what it may use. No business rule lives here. `firebase deploy`
 * and the Firebase emulator suite read them; functions-framework runs the same exports locally and in the container.
 */

import { standardLog } from '@hangtag/shared/log.js';
import { defineString } from 'firebase-functions/params';
import { onMessagePublished } from 'firebase-functions/v2/pubsub';
import { onObjectDeleted, onObjectFinalized } from 'firebase-functions/v2/storage';
import { classifyCommand } from './classify/command.js';
import { classify as classifyImage } from './classify/handler.js';
import { classifyPorts, deadLetterPorts, ingestPorts } from './composition.js';
import { deadLetter as parkImage } from './dead-letter/handler.js';
import { ingestCommand } from './ingest/command.js';
import { ingest as ingestObject } from './ingest/handler.js';
import { respond } from './respond.js';

const bucket = defineString('HANGTAG_BUCKET', { default: 'hangtag-images' });
const region = defineString('HANGTAG_REGION', { default: 'us-central1' });
const uploadedTopic = defineString('HANGTAG_UPLOADED_TOPIC', { default: 'image-uploaded' });
const deadLetterTopic = defineString('HANGTAG_DEAD_LETTER_TOPIC', { default: 'image-uploaded-dead' });

/** None is needed: every adapter authenticates as the function's service account. */
const secrets: string[] = [];
const common = { region, retry: true, ingressSettings: 'ALLOW_INTERNAL_ONLY', secrets } as const;
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

// An instance makes its connections, and `classify` loads and checks its model, before the first event rather than
// during it. None starts with a configuration or a model that it cannot trust.
const portsOf = {
  ingest: ingestPorts,
  ingestDeleted: ingestPorts,
  classify: classifyPorts,
  deadLetter: deadLetterPorts,
} as const;
const served = process.env['FUNCTION_TARGET']?.split(',') ?? [];
for (const [name, ports] of Object.entries(portsOf)) {
  if (!served.includes(name)) continue;
  ports().catch((error: unknown) => {
    standardLog.fatal({ function: name, err: error, outcome: 'refused-to-start' });
    process.exit(1);
  });
}
