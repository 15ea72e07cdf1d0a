/** Checks documents of known models that come out of a store. */
import { z } from 'zod';
import { ADDED_WITH, type CardFigures, type KnownModel } from '../domain/known-model.js';
import { InputError, listed } from '../errors.js';
import { describeIssues } from '../zod-issues.js';
import { trialEvidence } from './rollout-document.js';

const figures: z.ZodType<CardFigures> = z.lazy(() =>
  z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null(), figures])),
);

const document = z.object({
  id: z.string(),
  version: z.string(),
  digest: z.string(),
  labels: z.array(z.string()),
  figures,
  addedAt: z.number(),
  addedBy: z.string(),
  addedWith: z.enum(ADDED_WITH),
  trial: trialEvidence.nullable(),
});

/** @throws {InputError} it names every field that is wrong */
export function parseKnownModel(value: unknown): KnownModel {
  const result = document.safeParse(value);
  if (result.success) return result.data;
  throw new InputError(listed('Expected a known model but received', describeIssues(result.error)));
}
