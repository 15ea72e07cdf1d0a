/** Requests in the form of Eventarc, for a function that is called without a bucket or a subscription. */
import { messageEvent } from '@hangtag/emulators/bridge/message-event.js';
import { STORAGE_EVENT_TYPE_PREFIX } from '@hangtag/emulators/events/storage-cloud-event.js';
import { PROJECT } from '@hangtag/emulators/start/stack-plan.js';
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import { CloudEvent, HTTP } from 'cloudevents';
import type { FirstRequest } from './cold-process.js';

const SUBSCRIPTION = {
  function: 'any',
  name: 'bench',
  topic: 'image-uploaded',
  ackDeadlineSeconds: 60,
  retry: { minSeconds: 1, maxSeconds: 10 },
};

export function messageRequest(target: string, message: ImageMessage): FirstRequest {
  const seconds = Math.floor(Date.now() / 1_000);
  const data = Buffer.from(JSON.stringify(message));
  const received = { message: { data, messageId: message.imageId, publishTime: { seconds } } };
  return binary(target, messageEvent(received, SUBSCRIPTION, { host: '', projectId: PROJECT }));
}

export interface FinalizedObject {
  readonly bucket: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

export function storageRequest(target: string, { bucket, name, size }: FinalizedObject): FirstRequest {
  const now = new Date();
  const event = new CloudEvent({
    type: `${STORAGE_EVENT_TYPE_PREFIX}finalized`,
    source: `//storage.googleapis.com/projects/_/buckets/${bucket}`,
    subject: `objects/${name}`,
    datacontenttype: 'application/json',
    data: {
      bucket,
      name,
      generation: String(now.getTime() * 1_000),
      size: String(size),
      contentType: 'image/jpeg',
      timeCreated: now.toISOString(),
    },
  });
  return binary(target, event);
}

function binary(target: string, event: CloudEvent<unknown>): FirstRequest {
  const { headers, body } = HTTP.binary(event);
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { target, headers: Object.fromEntries(texts), body: String(body) };
}
