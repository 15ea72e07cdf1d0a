/** An image as the API shows it: the fields of its record that are for clients, with times as text. */
import type { ImageId } from '@hangtag/shared/domain/identity.js';
import { type ImageRecord, REASONS, STATUSES, TIERS } from '@hangtag/shared/domain/record.js';
import { z } from '@hono/zod-openapi';
import { Category, Probability, Timestamp, timeOf, timeOrNull } from './schemas.js';

const PaletteColour = z.object({
  name: z.string().openapi({
    description: 'Of the ISCC-NBS list; the last word is the basic colour',
    example: 'dark grayish blue',
  }),
  share: z.number().openapi({ description: 'Part of the product, 0 to 1', example: 0.61 }),
  lightness: z.number().openapi({ description: 'OKLCH, 0 to 1', example: 0.38 }),
  chroma: z.number().openapi({ description: 'OKLCH, 0 to about 0.4', example: 0.04 }),
  hue: z.number().openapi({ description: 'OKLCH, degrees', example: 252 }),
});

const HeatMap = z.object({
  width: z.int(),
  height: z.int(),
  values: z.array(z.number()).openapi({ description: 'Row by row, 0 to 1; the strongest cell has 1' }),
});

const Correction = z.object({
  category: Category,
  by: z.string().openapi({ description: 'Id of the person or of the key' }),
  at: Timestamp,
  generation: z.string(),
});

const Opinion = z.object({
  category: Category.nullable().openapi({ description: 'A label of the model; null: none fits' }),
  by: z.string().openapi({ description: 'The vision model that was asked', example: 'gemini-2.5-flash' }),
  at: Timestamp,
  generation: z.string(),
});

export const Image = z
  .object({
    id: z.string().openapi({ example: 'aV3x0fCk1m6c0m0b2nJ5Yw7tQ9eR8uI4oP1sD3fG6hK' }),
    name: z.string().openapi({ example: 'tenants/acme/returns/4711.jpg' }),
    generation: z.string().openapi({
      description: 'Version of the object, a decimal number',
      example: '1767323045123456',
    }),
    size: z.int().openapi({ description: 'Bytes', example: 251_904 }),
    contentType: z.string().openapi({ example: 'image/jpeg' }),
    status: z.enum(STATUSES).openapi({ example: 'done' }),
    reason: z.enum(REASONS).nullable().openapi({ description: 'Why the status is not done', example: null }),
    category: Category.nullable().openapi({ description: 'Of the model; a correction outranks it' }),
    confidence: Probability.nullable(),
    labels: z.array(z.object({ label: Category, score: Probability })),
    tier: z.enum(TIERS).nullable(),
    damaged: z.boolean(),
    palette: z
      .array(PaletteColour)
      .nullable()
      .openapi({ description: 'The main colours of the product; null without the feature `palette`' }),
    heat: HeatMap.nullable().openapi({
      description: 'Which parts of the picture speak for the category; null without the feature `heatmap`',
    }),
    correction: Correction.nullable(),
    opinion: Opinion.nullable().openapi({
      description:
        'A suggestion of a vision model for an image in review; null without the feature `second-opinion`',
    }),
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
  const {
    labels,
    damaged = false,
    palette = null,
    heat = null,
    correction,
    opinion = null,
    model,
    owner,
    ref,
    uploadedAt,
    labeledAt,
    updatedAt,
  } = record;
  return {
    id: imageId,
    ...{ name, generation, size, contentType, status, reason, category, confidence },
    labels: [...labels],
    tier,
    damaged,
    palette: palette && [...palette],
    heat: heat && { ...heat, values: [...heat.values] },
    correction: correction && { ...correction, at: timeOf(correction.at) },
    opinion: opinion && { ...opinion, at: timeOf(opinion.at) },
    ...{ model, owner, ref },
    uploadedAt: timeOf(uploadedAt),
    labeledAt: timeOrNull(labeledAt),
    updatedAt: timeOf(updatedAt),
  };
}
