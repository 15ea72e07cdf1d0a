/**
 * The policy document of a form, made by `generateSignedPostPolicyV4`: until when it is valid, and a condition for each field.
 * Its signature is not verified, because the server accepts requests without credentials.
 * Source: https://cloud.google.com/storage/docs/authentication/signatures#policy-document
 */

import { z } from 'zod';
import { ApiError } from '../api-error.js';

const exactly = z.record(z.string(), z.string());
const compared = z.tuple([z.enum(['eq', 'starts-with']), z.string().startsWith('$'), z.string()]);
const sizeRange = z.tuple([z.literal('content-length-range'), z.coerce.number(), z.coerce.number()]);
const policySchema = z.object({
  expiration: z.iso.datetime({ offset: true }),
  conditions: z.array(z.union([compared, sizeRange, exactly])),
});
type Condition = z.infer<typeof policySchema>['conditions'][number];

interface FieldCondition {
  readonly operator: 'eq' | 'starts-with';
  /** Lower case. */
  readonly field: string;
  readonly value: string;
}

/** Both are inclusive. */
export interface SizeLimits {
  readonly minBytes: number;
  readonly maxBytes: number;
}

export type Fields = Readonly<Record<string, string>>;

/** Fields of a form that carries a V4 signature. */
const SIGNATURE_FIELDS = ['x-goog-algorithm', 'x-goog-credential', 'x-goog-date', 'x-goog-signature'];

/**
 * @param fields of the form by lower-case name, with `bucket`
 * @returns the limits for the size of the file
 * @throws {ApiError} 400: a condition is not met, or the policy has expired or cannot be read
 */
export function checkPolicy(fields: Fields, nowMs: number): SizeLimits {
  const { expiration, conditions } = parsePolicy(fields['policy']);
  if (nowMs > Date.parse(expiration)) throw new ApiError(400, 'expiredToken', 'The policy has expired.');
  const unsigned = SIGNATURE_FIELDS.filter((name) => fields[name] === undefined);
  if (unsigned.length > 0) throw notMet(`Missing ${unsigned.join(', ')}`);
  const wanted = conditions.flatMap(fieldConditions);
  const failed = wanted.find((condition) => !isMet(condition, fields));
  if (failed !== undefined)
    throw notMet(`Expected ${failed.field} to ${failed.operator} ${failed.value || 'an empty value'}`);
  const unnamed = Object.keys(fields).filter(
    (name) => !isExempt(name) && !wanted.some(({ field }) => field === name),
  );
  if (unnamed.length > 0) throw notMet(`Policy did not reference these fields: ${unnamed.join(', ')}`);
  return sizeLimits(conditions);
}

function parsePolicy(encoded: string | undefined): z.infer<typeof policySchema> {
  if (encoded === undefined) throw notMet('Missing policy');
  try {
    return policySchema.parse(JSON.parse(Buffer.from(encoded, 'base64').toString()));
  } catch (cause) {
    throw notMet('Expected a policy document in base64', { cause });
  }
}

function fieldConditions(condition: Condition): readonly FieldCondition[] {
  if (!Array.isArray(condition))
    return Object.entries(condition).map(([name, value]) => fieldCondition('eq', name, value));
  const [operator, name, value] = condition;
  return operator === 'content-length-range' ? [] : [fieldCondition(operator, name.slice(1), value)];
}

const fieldCondition = (operator: FieldCondition['operator'], name: string, value: string) => ({
  operator,
  field: name.toLowerCase(),
  value,
});

function isMet({ operator, field, value }: FieldCondition, fields: Fields): boolean {
  const given = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (given === undefined) return false;
  return operator === 'eq' ? given === value : given.startsWith(value);
}

const isExempt = (name: string) =>
  ['policy', 'x-goog-signature', 'bucket'].includes(name) || name.startsWith('x-ignore-');

function sizeLimits(conditions: readonly Condition[]): SizeLimits {
  const ranges = conditions.filter(
    (condition): condition is z.infer<typeof sizeRange> =>
      Array.isArray(condition) && condition[0] === 'content-length-range',
  );
  return {
    minBytes: Math.max(0, ...ranges.map(([, min]) => min)),
    maxBytes: Math.min(Number.POSITIVE_INFINITY, ...ranges.map(([, , max]) => max)),
  };
}

function notMet(details: string, options?: ErrorOptions): ApiError {
  const message = 'The content of the form does not meet the conditions specified in the policy document.';
  return new ApiError(400, 'invalidPolicyDocument', message, { ...options, details });
}
