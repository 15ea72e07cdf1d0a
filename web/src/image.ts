/** One image, as the page shows it. Records are other people's data: every field may be absent or of another type. */
import { type HeatMap, STATUSES, type Status } from '@hangtag/shared/domain/record.js';
import type { DocumentData } from 'firebase/firestore';

export interface Label {
  readonly label: string;
  /** Probability, 0 to 1. */
  readonly score: number;
}

export interface Swatch {
  /** Of the ISCC-NBS list: `dark grayish blue`. */
  readonly name: string;
  /** Part of the product, 0 to 1. */
  readonly share: number;
  /** For CSS. */
  readonly colour: string;
}

/** What a vision model says of an image in review. */
export interface Opinion {
  /** Null: none of the labels fits. */
  readonly category: string | null;
  readonly by: string;
}

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly generation: string;
  readonly status: Status | 'unknown';
  readonly reason: string | null;
  /** What a person said, else the best label. */
  readonly category: string | null;
  readonly isCorrected: boolean;
  readonly confidence: number | null;
  readonly labels: readonly Label[];
  readonly tier: string | null;
  /** Bytes. */
  readonly size: number | null;
  /** Epoch milliseconds; 0 if unknown. */
  readonly uploadedAt: number;
  /** From upload to label, in milliseconds. */
  readonly latencyMs: number | null;
  readonly model: string | null;
  readonly hasThumbnail: boolean;
  /** The largest share first; empty without the feature `palette`. */
  readonly palette: readonly Swatch[];
  /** Null without the feature `heatmap`. */
  readonly heat: HeatMap | null;
  /** Of this generation. */
  readonly opinion: Opinion | null;
  /** A model on trial is sure that it is something else. */
  readonly isDisputed: boolean;
  /** Fingerprint of name and generation; null if the record has none. */
  readonly check: number | null;
  /** The label that it more likely has, in the queue of likely wrong labels. */
  readonly likely: Label | null;
}

export type ReviewOrder = 'uncertainty' | 'age';

/** The order of the review: what a model on trial disputes, then the least certain or the oldest. */
export function inReviewOrder(by: ReviewOrder): (a: Image, b: Image) => number {
  const rankOf = ({ confidence, uploadedAt }: Image) => (by === 'age' ? uploadedAt : (confidence ?? 0));
  return (a, b) => Number(b.isDisputed) - Number(a.isDisputed) || rankOf(a) - rankOf(b);
}

/** Never throws. What cannot be read is null. */
export function imageOf(id: string, data: DocumentData): Image {
  // After a new upload under the same name, the old correction stays in the record and decides nothing.
  const corrected = textOf(ofGeneration(data, 'correction')?.['category']);
  const model = objectOf(data['model']);
  const uploadedAt = millisOf(data['uploadedAt']);
  const labeledAt = millisOf(data['labeledAt']);
  return {
    id,
    name: textOf(data['name']) ?? id,
    generation: textOf(data['generation']) ?? '',
    status: STATUSES.find((status) => status === data['status']) ?? 'unknown',
    reason: textOf(data['reason']),
    category: corrected ?? textOf(data['category']),
    isCorrected: corrected !== null,
    confidence: shareOf(data['confidence']),
    labels: labelsOf(data['labels']),
    tier: textOf(data['tier']),
    size: numberOf(data['size']),
    uploadedAt: uploadedAt ?? 0,
    latencyMs: uploadedAt === null || labeledAt === null ? null : Math.max(0, labeledAt - uploadedAt),
    hasThumbnail: data['thumbnail'] === true,
    palette: paletteOf(data['palette']),
    heat: heatOf(data['heat']),
    opinion: opinionOf(ofGeneration(data, 'opinion')),
    check: numberOf(data['check']),
    isDisputed: objectOf(data['shadow'])?.['disputes'] === true,
    likely: null,
    model: model === null ? null : [textOf(model['id']), textOf(model['version'])].filter(Boolean).join(' '),
  };
}

export interface Suspect {
  readonly id: string;
  readonly generation: string;
  readonly likely: Label;
}

/** Of the list that `npm run suspects` writes. Never throws: what cannot be read is left out. */
export function suspectsOf(data: DocumentData): readonly Suspect[] {
  const images: unknown = data['images'];
  if (!Array.isArray(images)) return [];
  return images.flatMap((each) => {
    const suspect = objectOf(each);
    const [id, generation] = [textOf(suspect?.['imageId']), textOf(suspect?.['generation'])];
    const [label, score] = [textOf(suspect?.['category']), shareOf(suspect?.['confidence'])];
    if (id === null || generation === null || label === null || score === null) return [];
    return [{ id, generation, likely: { label, score } }];
  });
}

/** Another generation of an image is another picture. */
export function keyOf({ id, generation }: Pick<Image, 'id' | 'generation'>): string {
  return `${id}/${generation}`;
}

function labelsOf(value: unknown): readonly Label[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each) => {
    const label = textOf(objectOf(each)?.['label']);
    const score = shareOf(objectOf(each)?.['score']);
    return label === null || score === null ? [] : [{ label, score }];
  });
}

/** A statement on the picture that the record has now. */
function ofGeneration(data: DocumentData, field: 'correction' | 'opinion'): Record<string, unknown> | null {
  const said = objectOf(data[field]);
  return said?.['generation'] === data['generation'] ? said : null;
}

function opinionOf(opinion: Record<string, unknown> | null): Opinion | null {
  const by = textOf(opinion?.['by']);
  return by === null ? null : { category: textOf(opinion?.['category']), by };
}

function paletteOf(value: unknown): readonly Swatch[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each) => {
    const facts = objectOf(each);
    const [name, share] = [textOf(facts?.['name']), shareOf(facts?.['share'])];
    const oklch = ['lightness', 'chroma', 'hue'].map((field) => numberOf(facts?.[field]));
    return name === null || share === null || oklch.includes(null)
      ? []
      : [{ name, share, colour: `oklch(${oklch.join(' ')})` }];
  });
}

function heatOf(value: unknown): HeatMap | null {
  const data = objectOf(value);
  const [width, height, values] = [numberOf(data?.['width']), numberOf(data?.['height']), data?.['values']];
  if (width === null || height === null || !Array.isArray(values)) return null;
  const isGrid = Number.isInteger(width) && width > 0 && height > 0 && values.length === width * height;
  return isGrid && values.every((each) => numberOf(each) !== null) ? { width, height, values } : null;
}

export function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function shareOf(value: unknown): number | null {
  const number = numberOf(value);
  return number === null ? null : Math.min(1, Math.max(0, number));
}

/** Of a timestamp of Firestore, or of a number. */
export function millisOf(value: unknown): number | null {
  const toMillis = objectOf(value)?.['toMillis'];
  return typeof toMillis === 'function' ? numberOf(toMillis.call(value)) : numberOf(value);
}
