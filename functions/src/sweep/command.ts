import type { Pass, SweepRequest, Wish } from '@hangtag/shared/domain/sweep-state.js';
import { InputError } from '@hangtag/shared/errors.js';
import { z } from 'zod';

/** What a person or a program may ask of the sweep of one bucket. */
export type SweepCommand =
  | { readonly kind: 'run'; readonly request: SweepRequest }
  | { readonly kind: 'wish'; readonly bucket: string; readonly wish: Wish };

/** What a run goes over, by the reason given for it. Labels of older models are only looked for when asked. */
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
  wish: z.enum(['pause', 'resume', 'abort']).optional(),
});

/** @throws {InputError} */
export function sweepCommand(fields: unknown, defaultBucket: string): SweepCommand {
  const result = input.safeParse(fields);
  if (!result.success) {
    throw new InputError(`Expected a sweep request:\n${z.prettifyError(result.error)}`);
  }
  const { bucket = defaultBucket, wish, ...run } = result.data;
  if (wish !== undefined) return wishFor(bucket, wish, run);
  const { prefix = '', reason = 'routine', dryRun = false } = run;
  const mode = dryRun ? 'dry-run' : 'repair';
  return { kind: 'run', request: { bucket, prefix, passes: PASSES_FOR[reason], mode } };
}

/** A wish is for the sweep that there is, whatever it goes over. */
function wishFor(bucket: string, wish: Wish, run: object): SweepCommand {
  const others = Object.entries(run).flatMap(([field, value]) => (value ? field : []));
  if (others.length === 0) return { kind: 'wish', bucket, wish };
  throw new InputError(`Expected no ${others.join(' and no ')} for the wish to ${wish} a sweep`);
}
