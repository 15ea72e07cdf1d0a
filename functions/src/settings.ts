/** What the declarations share: the parameters that `firebase deploy` asks for, and what a function may use. */
import { defineString } from 'firebase-functions/params';

export const bucket = defineString('HANGTAG_BUCKET', { default: 'hangtag-images' });
const region = defineString('HANGTAG_REGION', { default: 'us-central1' });
export const uploadedTopic = defineString('HANGTAG_UPLOADED_TOPIC', { default: 'image-uploaded' });
export const backfillTopic = defineString('HANGTAG_BACKFILL_TOPIC', { default: 'image-backfill' });
export const labeledTopic = defineString('HANGTAG_LABELED_TOPIC', { default: 'image-labeled' });
export const timeZone = defineString('HANGTAG_TIME_ZONE', { default: 'Etc/UTC' });
export const deadLetterTopic = defineString('HANGTAG_DEAD_LETTER_TOPIC', { default: 'image-uploaded-dead' });

/** None is needed: every adapter authenticates as the function's service account. */
const secrets: string[] = [];
export const internal = { region, ingressSettings: 'ALLOW_INTERNAL_ONLY', secrets } as const;

/** One sweep at a time, so one instance; its time budget ends well before its timeout. */
export const sweeping = {
  region,
  ingressSettings: 'ALLOW_INTERNAL_ONLY',
  secrets,
  memory: '512MiB',
  cpu: 1,
  concurrency: 1,
  maxInstances: 1,
  timeoutSeconds: 1_800,
} as const;

export const reporting = {
  ...internal,
  memory: '512MiB',
  cpu: 1,
  concurrency: 1,
  timeoutSeconds: 1800,
  maxInstances: 1,
} as const;
