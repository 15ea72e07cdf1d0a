import { REJECTIONS } from '../errors.js';
import type { Generation } from './generation.js';
import type { Colour, Palette } from './palette.js';

/**
 * The document of one image, `tenants/{tenant}/images/{imageId}`. Times that the server stamps (`queuedAt`, `labeledAt`,
 * `updatedAt`) are epoch milliseconds here and timestamps in Firestore.
 */
export interface ImageRecord extends Partial<Appearance> {
  readonly bucket: string;
  readonly name: string;
  readonly generation: Generation;
  /** Bytes. */
  readonly size: number;
  /** Declared by the uploader; not trusted. */
  readonly contentType: string;
  readonly md5Hash: string;
  /** Epoch milliseconds at which the bucket finalized this generation. */
  readonly uploadedAt: number;

  readonly status: Status;
  /** Why the status is not `done`, as a machine code; null if it is `done`. */
  readonly reason: Reason | null;
  /** Best label. A correction outranks it. */
  readonly category: string | null;
  /** Calibrated probability of `category`, 0 to 1. */
  readonly confidence: number | null;
  readonly labels: readonly { readonly label: string; readonly score: number }[];
  readonly tier: Tier | null;
  /** True if a part of the labelled file is missing or damaged. Absent in records from before 2026-12. */
  readonly damaged?: boolean;
  /** How usual the picture is for the model, 0 to 1: domain/typicality.ts. Null: it does not say. Absent in records from before 2026-12. */
  readonly typicality?: number | null;
  /** True if the labels were stored together with a thumbnail: domain/thumbnail.ts. Absent in records from before 2026-12. */
  readonly thumbnail?: boolean;
  readonly model: ModelRef | null;
  /** The answer of a model on trial; null if none was asked. Absent in records from before 2026-12. */
  readonly shadow?: ShadowAnswer | null;
  /** Of a vision model, if the tenant asks one. Absent in most records; null after an erasure. */
  readonly opinion?: Opinion | null;
  readonly embedding: readonly number[] | null;
  readonly correction: Correction | null;
  readonly timings: Timings | null;

  /** Whether the bucket is expected to hold this generation: the sweep's range proof counts these records. */
  readonly present: boolean;
  /** Integer fingerprint of (name, generation), below 2^40, for the sweep's range proof. */
  readonly check: number;
  /** Late deliveries since the last labels, or since a replay: see the age gate. */
  readonly attempts: number;

  /** When the image was last queued or deferred; null if it never was. */
  readonly queuedAt: number | null;
  readonly labeledAt: number | null;
  readonly updatedAt: number;

  /** From the object's custom metadata. */
  readonly owner: string | null;
  readonly ref: string | null;
  readonly priority: Priority;

  /** Id of the last write of a function, by which the writer recognises it. */
  readonly writeId?: string;
}

/** Opaque: Firestore's update time. Equal exactly when nothing was written between. */
export type RecordVersion = string & { readonly __brand: 'RecordVersion' };

/** How the picture looks, if its tenant has the features `palette`, `similar` and `heatmap`. Absent in records from before 2026-12. */
export interface Appearance {
  readonly palette: Palette | null;
  /** The colours of the palette by which the image is found. */
  readonly colours: readonly Colour[];
  /** The projected embedding, of length 1: images with a large dot product look alike. */
  readonly vector: readonly number[] | null;
  /** Id of the backbone and projection that made `vector`. Only vectors of one backbone can be compared. */
  readonly backbone: string | null;
  /** Which parts of the picture speak for the category of the model. */
  readonly heat: HeatMap | null;
}

/** A grid that covers the picture. */
export interface HeatMap {
  readonly width: number;
  readonly height: number;
  /** Row by row, 0 to 1; the strongest cell has 1. */
  readonly values: readonly number[];
}

export const NO_APPEARANCE: Appearance = {
  palette: null,
  colours: [],
  vector: null,
  backbone: null,
  heat: null,
};

export const STATUSES = ['queued', 'done', 'review', 'failed', 'skipped', 'deferred', 'deleted'] as const;
export type Status = (typeof STATUSES)[number];

/** Why a record is not `done`: rejections of the image, and decisions of the policy or of people. */
export const REASONS = [
  ...REJECTIONS,
  'low-confidence',
  'unknown-object',
  'parked',
  'over-budget',
  'circuit-open',
  'skip-requested',
  'path-excluded',
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

/** It is only compared: the record's labels are those of the active model. */
export interface ShadowAnswer {
  readonly model: ModelRef;
  readonly category: string;
  /** Calibrated probability, 0 to 1. */
  readonly confidence: number;
  /** Milliseconds. */
  readonly inferMs: number;
  /** It is another category than that of the active model, and sure enough for use without review: a person should look. */
  readonly disputes?: true;
}

/** What a large vision model says of one generation of an image. It is a suggestion and never a label. */
export interface Opinion {
  /** One of the tenant's labels; null: none of them. */
  readonly category: string | null;
  /** The model that was asked. */
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly generation: Generation;
}

/** A person's decision on one generation of an image. */
export interface Correction {
  readonly category: string;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly generation: Generation;
}

/** Milliseconds spent on one image, by stage. */
export interface Timings {
  /** From the publishing of its message to the beginning of its processing. */
  readonly queuedMs: number;
  readonly downloadMs: number;
  readonly decodeMs: number;
  readonly inferMs: number;
  readonly totalMs: number;
}
