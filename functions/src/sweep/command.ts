import type { Pass, SweepAction, SweepRequest } from '@hangtag/shared/domain/sweep-state.js';
import { InputError, listed } from '@hangtag/shared/errors.js';
import { describeIssues } from '@hangtag/shared/zod-issues.js';
import { z } from 'zod';

/** A request that a person or a program sends to the sweep of one bucket. */
export type SweepCommand =
  | { readonly kind: 'run'; readonly request: SweepRequest }
  | { readonly kind: 'action'; readonly bucket: string; readonly action: SweepAction };

/** The passes by reason. Labels of older models are searched only on request. */
export const PASSES_FOR = {
  routine: ['objects', 'stuck', 'deferred'],
  missing: ['objects'],
  stuck: ['stuck', 'deferred'],
  'stale-model': ['stale-model'],
  all: ['objects', 'stuck', 'deferred', 'stale-model'],
} as const satisfies Record<string, readonly Pass[]>;

const MAX_NAME_BYTES = 1_024;

const input = z.strictObject({
  bucket: z.string().min(3).optional(),
  prefix: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= MAX_NAME_BYTES, `at most ${MAX_NAME_BYTES} bytes of UTF-8`)
    .refine((text) => text.isWellFormed(), 'well-formed Unicode')
    .optional(),
  reason: z.enum(['routine', 'missing', 'stuck', 'stale-model', 'all']).optional(),
  dryRun: z.boolean().optional(),
  action: z.enum(['pause', 'resume', 'abort']).optional(),
});

/** @throws {InputError} */
export function sweepCommand(fields: unknown, defaultBucket: string): SweepCommand {
  const result = input.safeParse(fields);
  if (!result.success) {
    throw new InputError(listed('Expected a sweep request but received', describeIssues(result.error)));
  }
  const { bucket = defaultBucket, action, ...run } = result.data;
  if (action !== undefined) return actionOn(bucket, action, run);
  const { prefix = '', reason = 'routine', dryRun = false } = run;
  const mode = dryRun ? 'dry-run' : 'repair';
  return { kind: 'run', request: { bucket, prefix, passes: PASSES_FOR[reason], mode } };
}

/** An action applies to the bucket's current sweep, so it takes no other field. */
function actionOn(bucket: string, action: SweepAction, run: object): SweepCommand {
  const others = Object.entries(run).flatMap(([field, value]) => (value ? field : []));
  if (others.length === 0) return { kind: 'action', bucket, action };
  throw new InputError(`Expected no ${others.join(' and no ')} for the action ${action}`);
}
