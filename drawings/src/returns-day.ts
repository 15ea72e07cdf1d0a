/**
 * Generated records of one day of a returns desk, always the same for the same day. Used to test and measure
 * reports.
 */
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import {
  checkOf,
  DEFAULT_TENANT,
  type ImageId,
  imageIdOf,
  type TenantId,
} from '@hangtag/shared/domain/identity.js';
import type { ImageRecord, Reason, Status } from '@hangtag/shared/domain/record.js';
import type { DayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { DEFAULT_VERDICT_POLICY, tierOf } from '@hangtag/shared/domain/verdict.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';

export interface ReturnsDay {
  readonly tenant: TenantId;
  readonly bucket: string;
  readonly window: DayWindow;
  readonly images: number;
}

export interface MadeUpRecord {
  readonly key: { readonly tenant: TenantId; readonly imageId: ImageId };
  readonly record: ImageRecord;
}

/** Shares in percent, roughly those of a fashion retailer. */
const CATEGORIES: readonly (readonly [category: string, share: number])[] = [
  ['Tshirts', 19],
  ['Shirts', 15],
  ['Tops', 14],
  ['Casual Shoes', 12],
  ['Sports Shoes', 10],
  ['Handbags', 9],
  ['Kurtas', 7],
  ['Heels', 6],
  ['Watches', 5],
  ['Sunglasses', 3],
];
const MODEL = { id: 'fashion-mobilenetv2', version: '1.0.0', sha256: 'a1'.repeat(32) } as const;
const FAILURES: readonly Reason[] = ['truncated', 'not-an-image', 'too-many-pixels', 'corrupt'];

export function* returnsDay({ tenant, bucket, window, images }: ReturnsDay): Iterable<MadeUpRecord> {
  const random = mulberry32(window.fromMs % 2 ** 31);
  const folder = tenant === DEFAULT_TENANT ? '' : `tenants/${tenant}/`;
  for (let index = 0; index < images; index += 1) {
    const name = `${folder}returns/${window.day}/RET-${String(100_000 + index)}.jpg`;
    const uploadedAt = window.fromMs + Math.floor(timeOfDay(random) * (window.toMs - window.fromMs));
    const generation = parseGeneration(String(uploadedAt * 1000 + (index % 1000)));
    const blank = queued({ bucket, name, generation, uploadedAt });
    yield {
      key: { tenant, imageId: imageIdOf(bucket, name) },
      // `Object.assign` instead of spreads: benchmarks create a hundred thousand of these and measure something
      // else.
      record: Object.assign(blank, outcome(random, uploadedAt), { ref: `RET-${100_000 + index}` }),
    };
  }
}

type Random = () => number;
type Upload = Pick<ImageRecord, 'bucket' | 'name' | 'generation' | 'uploadedAt'>;

function queued({ bucket, name, generation, uploadedAt }: Upload): ImageRecord {
  return {
    bucket,
    name,
    generation,
    uploadedAt,
    check: checkOf(name, generation),
    size: 1_200_000,
    contentType: 'image/jpeg',
    md5Hash: '',
    status: 'queued',
    reason: null,
    category: null,
    confidence: null,
    labels: [],
    tier: null,
    model: null,
    embedding: null,
    correction: null,
    timings: null,
    present: true,
    attempts: 0,
    queuedAt: uploadedAt + 40,
    labeledAt: null,
    updatedAt: uploadedAt + 40,
    owner: null,
    ref: null,
    priority: 'live',
  };
}

function outcome(random: Random, uploadedAt: number): Partial<ImageRecord> {
  const luck = random();
  if (luck < 0.012) {
    const reason = FAILURES[Math.floor(random() * FAILURES.length)] ?? 'corrupt';
    return { status: 'failed', reason };
  }
  if (luck < 0.02) return { status: 'skipped', reason: 'skip-requested' };
  return labelled(random, uploadedAt);
}

function labelled(random: Random, uploadedAt: number): Partial<ImageRecord> {
  const category = pickCategory(random);
  // Most have a high confidence; the rest decrease to the confidence of ten equally likely labels.
  const confidence = Number(Math.max(0.3, 1 - random() ** 4 * 0.65 - random() * 0.03).toFixed(4));
  const tier = tierOf(confidence, DEFAULT_VERDICT_POLICY);
  const isDone = tier === 'AUTO_PROCESS';
  const [status, reason]: readonly [Status, Reason | null] = isDone
    ? ['done', null]
    : ['review', 'low-confidence'];
  const timings = {
    queuedMs: Math.round(18 + random() ** 6 * 2400),
    downloadMs: 4 + random() * 6,
    decodeMs: 6 + random() * 9,
    inferMs: 5 + random() * 4,
    totalMs: 0,
  };
  const totalMs = timings.queuedMs + timings.downloadMs + timings.decodeMs + timings.inferMs + 12;
  const labels = [{ label: category, score: confidence }];
  const labeledAt = uploadedAt + totalMs;
  const verdict = { status, reason, category, confidence, tier, labels, model: MODEL, labeledAt };
  return { ...verdict, timings: { ...timings, totalMs }, updatedAt: labeledAt };
}

function pickCategory(random: Random): string {
  let left = random() * 100;
  for (const [category, share] of CATEGORIES) {
    left -= share;
    if (left < 0) return category;
  }
  return 'Tshirts';
}

/** Two shifts with a pause between them, and a few during the night. */
function timeOfDay(random: Random): number {
  const shift = random();
  if (shift < 0.06) return random();
  const centre = shift < 0.58 ? 10 : 15.5;
  return Math.min(0.999, Math.max(0, (centre + (random() + random() + random() - 1.5) * 3.4) / 24));
}
