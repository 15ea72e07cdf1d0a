/** Checks documents of tenants that come out of a store: somebody may have written them by hand. */
import { z } from 'zod';
import { FEATURES, type TenantDocument } from '../domain/tenant.js';
import { parseTimeZone } from '../domain/time-zone.js';
import { InputError, listed } from '../errors.js';
import { checked, describeIssues } from '../zod-issues.js';

const probability = z.number().min(0).max(1);
const positiveInteger = z.int().positive();

const settings = {
  name: z.string().min(1).max(200),
  timeZone: z.string().transform(checked(parseTimeZone)),
  features: z.array(z.enum(FEATURES)),
  thresholds: z
    .object({
      auto: probability,
      autoPrecision: probability,
      quick: probability,
      minScore: probability,
      topK: positiveInteger,
    })
    .partial(),
  quota: z.object({ imagesPerDay: positiveInteger, requestsPerMinute: positiveInteger }).partial(),
  uploads: z.object({ maxBytes: positiveInteger }).partial(),
  review: z.object({ controlEvery: z.int().min(2), doubleEvery: positiveInteger }).partial(),
};

export const SETTINGS = Object.keys(settings) as readonly (keyof typeof settings)[];

const pin = { id: z.string().min(1), version: z.string().min(1), digest: z.string().regex(/^[0-9a-f]{64}$/) };

/** Only rollouts write it: it is no setting. */
export const tenantModels = z.object({
  active: z.object(pin).nullable(),
  previous: z.object(pin).nullable(),
  shadow: z.object({ ...pin, share: probability }).nullable(),
});

/** Unknown fields are ignored, so that an older process can read what a newer one wrote. */
const document = z.object({ ...settings, model: tenantModels }).partial();

/** @throws {InputError} it names every field that is wrong */
export function parseTenant(value: unknown): TenantDocument {
  const result = document.safeParse(value);
  if (result.success) return result.data;
  throw new InputError(listed('Expected a tenant but received', describeIssues(result.error)));
}
