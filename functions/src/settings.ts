/** What the declarations share: the parameters that `firebase deploy` asks for, and what a function may use. */
import { ALERT_SECRETS } from '@hangtag/shared/config.js';
import { defineSecret, defineString } from 'firebase-functions/params';

export const bucket = defineString('HANGTAG_BUCKET', { default: 'hangtag-images' });
const region = defineString('HANGTAG_REGION', { default: 'us-central1' });
export const uploadedTopic = defineString('HANGTAG_UPLOADED_TOPIC', { default: 'image-uploaded' });
export const backfillTopic = defineString('HANGTAG_BACKFILL_TOPIC', { default: 'image-backfill' });
export const labeledTopic = defineString('HANGTAG_LABELED_TOPIC', { default: 'image-labeled' });
export const timeZone = defineString('HANGTAG_TIME_ZONE', { default: 'Etc/UTC' });
export const deadLetterTopic = defineString('HANGTAG_DEAD_LETTER_TOPIC', { default: 'image-uploaded-dead' });

/** Credentials of the alert channels: all others come with the function's service account. */
export const secrets = ALERT_SECRETS.map((name) => defineSecret(name));
export const internal = { region, ingressSettings: 'ALLOW_INTERNAL_ONLY' } as const;

/** One sweep at a time, so one instance; its time budget ends well before its timeout. */
export const sweeping = {
  ...internal,
  secrets,
  memory: '512MiB',
  cpu: 1,
  concurrency: 1,
  maxInstances: 1,
  timeoutSeconds: 1_800,
} as const;

export const reporting = {
  ...internal,
  secrets,
  memory: '512MiB',
  cpu: 1,
  concurrency: 1,
  timeoutSeconds: 1_800,
  maxInstances: 1,
} as const;
