import type { Pass, SweepRequest, Wish } from '@hangtag/shared/domain/sweep-state.js';
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
    .default(''),
  reason: z.enum(['routine', 'missing', 'stuck', 'stale-model', 'all']).default('routine'),
  dryRun: z.boolean().default(false),
  wish: z.enum(['pause', 'resume', 'abort']).optional(),
});

/** The request cannot be carried out as it is written. The message says all that is wrong with it. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}

/** @throws {MalformedRequest} */
export function sweepCommand(fields: unknown, defaultBucket: string): SweepCommand {
  const result = input.safeParse(fields);
  if (!result.success) {
    throw new MalformedRequest(`Expected a sweep request:\n${z.prettifyError(result.error)}`);
  }
  const { bucket = defaultBucket, prefix, reason, dryRun, wish } = result.data;
  if (wish !== undefined) return { kind: 'wish', bucket, wish };
  const mode = dryRun ? 'dry-run' : 'repair';
  return { kind: 'run', request: { bucket, prefix, passes: PASSES_FOR[reason], mode } };
}
