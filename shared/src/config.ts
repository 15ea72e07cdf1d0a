/**
 * Configuration: environment variables, parsed once. A misspelt `HANGTAG_*` key is an error and not a silent
 * default, and all faults are told together.
 */
import { z } from 'zod';
import { DEFAULT_VERDICT_POLICY } from './domain/verdict.js';

const MIB = 1024 * 1024;

const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .transform((parts) => parts.filter((part) => part !== ''));
const probability = z.coerce.number().min(0).max(1);
const positiveInteger = z.coerce.number().int().positive();
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const timeZone = z.string().refine(isTimeZone, 'Expected an IANA time zone, as Europe/Berlin');
const topic = z.string().regex(/^[a-zA-Z][\w.~+%-]{2,254}$/);

const keys = {
  /** Bucket whose events are listened to. */
  HANGTAG_BUCKET: z.string().min(3).default('hangtag-images'),
  HANGTAG_REGION: z.string().default('us-central1'),
  /** Where the days begin and the nights are, for what runs by the clock. */
  HANGTAG_TIME_ZONE: timeZone.default('Etc/UTC'),
  HANGTAG_UPLOADED_TOPIC: topic.default('image-uploaded'),
  /** Where backlogs queue, so that uploads do not wait behind them. */
  HANGTAG_BACKFILL_TOPIC: topic.default('image-backfill'),
  HANGTAG_DEAD_LETTER_TOPIC: topic.default('image-uploaded-dead'),
  /** Set it to have every label announced: one more message per image. */
  HANGTAG_LABELED_TOPIC: topic.optional(),
  /** Comma-separated; empty means every name. */
  HANGTAG_INCLUDE_PREFIXES: list.default([]),
  HANGTAG_EXCLUDE_PREFIXES: list.default(['processed/', 'quarantine/', 'reports/']),
  HANGTAG_MAX_BYTES: positiveInteger.default(32 * MIB),
  HANGTAG_MAX_PIXELS: positiveInteger.default(50_000_000),
  HANGTAG_AGE_GATE_MS: positiveInteger.default(60_000),
  HANGTAG_MAX_ATTEMPTS: positiveInteger.default(5),
  /** Folder with a manifest.json; relative to the working directory. */
  HANGTAG_MODEL_DIR: z.string().default('models/fashion-mobilenetv2'),
  HANGTAG_ENGINE: z.enum(['onnx', 'onnx-fp32', 'tfjs']).default('onnx'),
  HANGTAG_AUTO_PROCESS_AT: probability.default(DEFAULT_VERDICT_POLICY.autoProcessAt),
  HANGTAG_QUICK_REVIEW_AT: probability.default(DEFAULT_VERDICT_POLICY.quickReviewAt),
  HANGTAG_TOP_K: positiveInteger.default(DEFAULT_VERDICT_POLICY.topK),
  HANGTAG_MIN_SCORE: probability.default(DEFAULT_VERDICT_POLICY.minScore),
  HANGTAG_KEEP_EMBEDDING: flag.default(false),
};

const environment = z
  .strictObject(keys)
  .refine((values) => values.HANGTAG_QUICK_REVIEW_AT <= values.HANGTAG_AUTO_PROCESS_AT, {
    path: ['HANGTAG_QUICK_REVIEW_AT'],
    message: 'Expected at most HANGTAG_AUTO_PROCESS_AT',
  });

export type Config = z.infer<typeof environment>;

/** Some `HANGTAG_*` variables cannot be used. The message names every one of them. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
}

/** @throws {ConfigFault} */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const ours = Object.entries(env).filter(
    ([key, value]) => key.startsWith('HANGTAG_') && value !== undefined,
  );
  const result = environment.safeParse(Object.fromEntries(ours));
  if (result.success) return result.data;
  throw new ConfigFault(`Configuration cannot be used:\n${z.prettifyError(result.error)}`);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
