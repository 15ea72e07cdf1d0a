/** Finds the images of a tenant whose label is likely wrong, from the vectors of their records. */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { isMatch } from '@hangtag/shared/domain/image-filter.js';
import { categoryOf } from '@hangtag/shared/domain/report/day-row.js';
import type { Examples } from '@hangtag/shared/learning/examples.js';
import type { CatalogImage, ImageCatalog } from '@hangtag/shared/ports/image-catalog.js';
import type { SuspectImage, SuspectList } from '@hangtag/shared/ports/suspect-list.js';
import { suspectsOf } from './suspects.js';

/** The newest images: with more of them, a run takes minutes. */
const MOST_COMPARED = 5_000;
const PAGE_SIZE = 300;
/** Of a label with fewer images, too little is known. */
const FEWEST_OF_LABEL = 20;
/** The document of the list stays below Firestore's limit of 1 MiB, and people cannot look at more at a time. */
const MOST_LISTED = 200;
const LABELLED = { status: 'done' } as const;

export interface SuspectPorts {
  readonly catalog: ImageCatalog;
  readonly list: SuspectList;
}

export interface Found {
  /** Images that were compared. */
  readonly compared: number;
  /** Labelled images that could not be compared. */
  readonly leftOut: number;
  readonly suspects: readonly SuspectImage[];
}

interface Compared extends CatalogImage {
  readonly category: string;
  readonly vector: readonly number[];
}

/**
 * Compares the newest labelled images, and stores those whose label is likely wrong, at most 200, the most confident first. A label that a
 * person chose counts, and is not doubted.
 *
 * @throws {TransientError}
 */
export async function findSuspectImages(tenant: TenantId, { catalog, list }: SuspectPorts): Promise<Found> {
  const { images, read } = await comparable(tenant, catalog);
  const labels = [...new Set(images.map(({ category }) => category))].sort();
  const found = labels.length < 2 ? [] : suspectsOf(examplesOf(images, labels), labels.length);
  const suspects = found
    .flatMap(({ index, label, confidence }): readonly SuspectImage[] => {
      const { imageId, record } = images[index] as Compared;
      if (record.correction?.generation === record.generation) return [];
      return [{ imageId, generation: record.generation, category: labels[label] ?? '', confidence }];
    })
    .slice(0, MOST_LISTED);
  await list.put(tenant, suspects);
  return { compared: images.length, leftOut: read - images.length, suspects };
}

async function comparable(
  tenant: TenantId,
  catalog: ImageCatalog,
): Promise<{ readonly images: readonly Compared[]; readonly read: number }> {
  const images: Compared[] = [];
  let read = 0;
  let backbone: string | undefined;
  for await (const image of catalog.newest({ tenant, filter: LABELLED, pageSize: PAGE_SIZE })) {
    const { record } = image;
    if (!isMatch(record, LABELLED)) continue;
    const [category, vector] = [categoryOf(record), record.vector];
    read += 1;
    // Vectors of another backbone than that of the newest image cannot be compared with its.
    backbone ??= record.backbone ?? undefined;
    if (category && vector && record.backbone === backbone) images.push({ ...image, category, vector });
    if (read === MOST_COMPARED) break;
  }
  const counts = new Map<string, number>();
  for (const { category } of images) counts.set(category, (counts.get(category) ?? 0) + 1);
  return {
    images: images.filter(({ category }) => (counts.get(category) ?? 0) >= FEWEST_OF_LABEL),
    read,
  };
}

function examplesOf(images: readonly Compared[], labels: readonly string[]): Examples {
  const inputs = images[0]?.vector.length ?? 0;
  return {
    inputs,
    embeddings: Float32Array.from(images.flatMap(({ vector }) => [...vector])),
    labels: Int32Array.from(images, ({ category }) => labels.indexOf(category)),
  };
}
