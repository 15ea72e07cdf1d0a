/** What the API answers: openapi.json describes it. A test compares `Image` with the schema. */

export interface Prediction {
  readonly category: string;
  /** Calibrated probability, 0 to 1. */
  readonly confidence: number;
  readonly all_probabilities: Readonly<Record<string, number>>;
  readonly timestamp: string;
}

export type Status = 'queued' | 'done' | 'review' | 'failed' | 'skipped' | 'deferred' | 'deleted';
export type Tier = 'AUTO_PROCESS' | 'QUICK_REVIEW' | 'MANUAL_REVIEW';

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly generation: string;
  readonly size: number;
  readonly contentType: string;
  readonly status: Status;
  readonly reason: string | null;
  readonly category: string | null;
  readonly confidence: number | null;
  readonly labels: readonly { readonly label: string; readonly score: number }[];
  readonly tier: Tier | null;
  readonly damaged: boolean;
  readonly correction: {
    readonly category: string;
    readonly by: string;
    readonly at: string;
    readonly generation: string;
  } | null;
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string } | null;
  readonly owner: string | null;
  readonly ref: string | null;
  readonly uploadedAt: string;
  readonly labeledAt: string | null;
  readonly updatedAt: string;
}

export interface ImagePage {
  readonly images: readonly Image[];
  /** Of the next page; absent on the last one. */
  readonly cursor?: string;
}

export interface Model {
  readonly id: string;
  readonly version: string;
  readonly labels: readonly string[];
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

/** A request that the bucket accepts. */
export interface SignedUpload {
  readonly id: string;
  readonly name: string;
  readonly method: 'PUT' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: string;
}

export interface Filter {
  readonly status?: Status;
  readonly category?: string;
  readonly tier?: Tier;
  readonly owner?: string;
  /** `2026-11-20` */
  readonly day?: string;
  readonly text?: string;
}
