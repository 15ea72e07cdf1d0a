/** An image as the API shows it: the fields of its record that are for clients, with times as text. */
import type { ImageId } from '@hangtag/shared/domain/identity.js';
import { type ImageRecord, REASONS, STATUSES, TIERS } from '@hangtag/shared/domain/record.js';
import { z } from '@hono/zod-openapi';
import { Category, Probability, Timestamp, timeOf, timeOrNull } from './schemas.js';

const Correction = z.object({
  category: Category,
  by: z.string().openapi({ description: 'Id of the person or of the key' }),
  at: Timestamp,
  generation: z.string(),
});

export const Image = z
  .object({
    id: z.string(),
    name: z.string().openapi({ example: 'tenants/acme/returns/4711.jpg' }),
    generation: z.string().openapi({ description: 'Version of the object, a decimal number' }),
    size: z.int().openapi({ description: 'Bytes' }),
    contentType: z.string(),
    status: z.enum(STATUSES),
    reason: z.enum(REASONS).nullable().openapi({ description: 'Why the status is not done' }),
    category: Category.nullable().openapi({ description: 'Of the model; a correction outranks it' }),
    confidence: Probability.nullable(),
    labels: z.array(z.object({ label: z.string(), score: Probability })),
    tier: z.enum(TIERS).nullable(),
    damaged: z.boolean(),
    correction: Correction.nullable(),
    model: z.object({ id: z.string(), version: z.string(), sha256: z.string() }).nullable(),
    owner: z.string().nullable(),
    ref: z.string().nullable(),
    uploadedAt: Timestamp,
    labeledAt: Timestamp.nullable(),
    updatedAt: Timestamp,
  })
  .openapi('Image');

export type ImageAnswer = z.infer<typeof Image>;

export const IMAGE_FIELDS = Object.keys(Image.shape) as readonly (keyof ImageAnswer)[];

export function imageAnswer(imageId: ImageId, record: ImageRecord): ImageAnswer {
  const { name, generation, size, contentType, status, reason, category, confidence, tier } = record;
  const { labels, damaged = false, correction, model, owner, ref, uploadedAt, labeledAt, updatedAt } = record;
  return {
    id: imageId,
    ...{ name, generation, size, contentType, status, reason, category, confidence },
    labels: [...labels],
    tier,
    damaged,
    correction: correction && { ...correction, at: timeOf(correction.at) },
    ...{ model, owner, ref },
    uploadedAt: timeOf(uploadedAt),
    labeledAt: timeOrNull(labeledAt),
    updatedAt: timeOf(updatedAt),
  };
}
