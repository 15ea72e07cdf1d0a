import { REJECTIONS } from '../errors.js';
import type { Generation } from './generation.js';

/**
 * The document of one image, `tenants/{tenant}/images/{imageId}`, as the domain sees it. Times that a server
 * stamps (`queuedAt`, `labeledAt`, `updatedAt`) are epoch milliseconds here and Firestore timestamps there.
 */
export interface ImageRecord {
  readonly bucket: string;
  readonly name: string;
  readonly generation: Generation;
  /** Bytes. */
  readonly size: number;
  /** As declared by the uploader: a hint, never trusted. */
  readonly contentType: string;
  readonly md5Hash: string;
  /** Epoch milliseconds at which the bucket finalized this generation. */
  readonly uploadedAt: number;

  readonly status: Status;
  /** Machine code of why the status is not `done`; null where it is. */
  readonly reason: Reason | null;
  /** Best label. A person's word, in `correction`, outranks it. */
  readonly category: string | null;
  /** Calibrated probability of `category`, 0 to 1. */
  readonly confidence: number | null;
  readonly labels: readonly { readonly label: string; readonly score: number }[];
  readonly tier: Tier | null;
  readonly model: ModelRef | null;
  readonly embedding: readonly number[] | null;
  readonly correction: Correction | null;
  readonly timings: Timings | null;

  /** True while the bucket is believed to hold this generation: what the sweep's range proof counts. */
  readonly present: boolean;
  /** Integer fingerprint of (name, generation), below 2^40, for the sweep's range proof. */
  readonly check: number;
  /** Deliveries counted because they came late: see the age gate. */
  readonly attempts: number;

  readonly queuedAt: number;
  readonly labeledAt: number | null;
  readonly updatedAt: number;

  /** From the object's custom metadata. */
  readonly owner: string | null;
  readonly ref: string | null;
  readonly priority: Priority;
}

/** Opaque: Firestore's update time. Equal exactly when nothing was written between. */
export type RecordVersion = string & { readonly __brand: 'RecordVersion' };

export const STATUSES = ['queued', 'done', 'review', 'failed', 'skipped', 'deferred', 'deleted'] as const;
export type Status = (typeof STATUSES)[number];

/** Why a record is not `done`: the rejections of an image, and what policy, time and people decided. */
export const REASONS = [
  ...REJECTIONS,
  'low-confidence',
  'unknown-object',
  'parked',
  'over-budget',
  'circuit-open',
  'skip-requested',
  'path-excluded',
  'self-written',
  'unknown-tenant',
  'folder',
] as const;
export type Reason = (typeof REASONS)[number];

export const TIERS = ['AUTO_PROCESS', 'QUICK_REVIEW', 'MANUAL_REVIEW'] as const;
export type Tier = (typeof TIERS)[number];

export type Priority = 'live' | 'backfill';

/** Which model made a set of labels. */
export interface ModelRef {
  readonly id: string;
  readonly version: string;
  /** Hexadecimal SHA-256 of the weights that ran. */
  readonly sha256: string;
}

/** A person's word on one generation of an image. */
export interface Correction {
  readonly category: string;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly generation: Generation;
}

/** Milliseconds spent on one image, by stage. */
export interface Timings {
  /** From its message being published to its taking. */
  readonly queuedMs: number;
  readonly downloadMs: number;
  readonly decodeMs: number;
  readonly inferMs: number;
  readonly totalMs: number;
}
