import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { type ImageMessage, imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { RecordVersion } from '@hangtag/shared/domain/record.js';
import { InputError } from '@hangtag/shared/errors.js';
import { z } from 'zod';

/** One delivery of one message. */
export interface ClassifyCommand {
  readonly message: ImageMessage;
  /** Epoch milliseconds. */
  readonly publishedAt: number;
  /** 1 on the first delivery; absent if the subscription has no dead-letter policy, which counts them. */
  readonly deliveryAttempt?: number;
}

/** The record's address is computed from the object; that in the message, for other readers of the topic, is not used. */
const imageMessage = z
  .object({
    bucket: z.string().min(1),
    name: z.string().min(1),
    generation: z.string().transform((text) => parseGeneration(text)),
    created: z.object({ version: z.string().transform(versionOf), uploadedAt: z.number() }).optional(),
  })
  .transform(
    ({ created, ...object }): ImageMessage => ({ ...imageMessageOf(object), ...(created && { created }) }),
  );

/** Not checked: a version that the record does not have has no effect. */
function versionOf(text: string): RecordVersion {
  return text as RecordVersion;
}

/** A Pub/Sub message as Eventarc delivers it: `data` is base64, https://cloud.google.com/eventarc/docs/cloudevents. */
const delivery = z.object({
  message: z.object({
    data: z
      .string()
      .transform((base64) => imageMessage.parse(JSON.parse(Buffer.from(base64, 'base64').toString()))),
    publishTime: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  }),
  deliveryAttempt: z.number().int().positive().optional(),
});

/**
 * @param bucket the configured bucket
 * @throws {InputError} the message has another form, or is of an object in another bucket
 */
export function classifyCommand(data: unknown, bucket: string): ClassifyCommand {
  const { message, deliveryAttempt } = parsed(data);
  if (message.data.bucket !== bucket) {
    throw new InputError(
      `Expected bucket "${bucket}" for an image message but received "${message.data.bucket}"`,
    );
  }
  return {
    message: message.data,
    publishedAt: message.publishTime,
    ...(deliveryAttempt !== undefined && { deliveryAttempt }),
  };
}

function parsed(data: unknown): z.infer<typeof delivery> {
  try {
    return delivery.parse(data);
  } catch (error) {
    throw new InputError('Expected an image message but received another form', { cause: error });
  }
}
