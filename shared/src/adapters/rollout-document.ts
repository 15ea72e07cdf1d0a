/** Checks documents of rollouts that come out of a store. */
import { z } from 'zod';
import { ROLLOUT_ACTIONS, type Rollout } from '../domain/rollout.js';
import { InputError, listed } from '../errors.js';
import { describeIssues } from '../zod-issues.js';
import { tenantModels } from './tenant-document.js';

const share = z.number().min(0).max(1);

export const trialEvidence = z.object({
  images: z.int().nonnegative(),
  agreement: share,
  judged: z.int().nonnegative(),
  activeAccuracy: share.nullable(),
  shadowAccuracy: share.nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
});

const document = z.object({
  n: z.int().positive(),
  at: z.number(),
  by: z.string(),
  action: z.enum(ROLLOUT_ACTIONS),
  model: tenantModels,
  evidence: trialEvidence.nullable(),
  against: z.array(z.string()),
});

/** @throws {InputError} it names every field that is wrong */
export function parseRollout(value: unknown): Rollout {
  const result = document.safeParse(value);
  if (result.success) return result.data;
  throw new InputError(listed('Expected a rollout but received', describeIssues(result.error)));
}
