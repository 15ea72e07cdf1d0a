/** Pages of a list of images. The cursor is the place of the last image, so that a page stays the same while images arrive. */
import { MAX_CATEGORY_LENGTH } from '@hangtag/shared/domain/category.js';
import type { ImageId, TenantId } from '@hangtag/shared/domain/identity.js';
import { type ImageFilter, isMatch } from '@hangtag/shared/domain/image-filter.js';
import { COLOURS } from '@hangtag/shared/domain/palette.js';
import { STATUSES, TIERS } from '@hangtag/shared/domain/record.js';
import { dayWindow, parseDay } from '@hangtag/shared/domain/report/day-window.js';
import type { CatalogImage, CatalogPlace, ImageCatalog } from '@hangtag/shared/ports/image-catalog.js';
import { z } from '@hono/zod-openapi';
import type { App } from '../app/app.js';
import type { Identity } from './identity.js';
import { Refusal } from './refusal.js';
import { Category } from './schemas.js';
import { viewerOf } from './viewer.js';

export const FilterQuery = z.object({
  status: z.enum(STATUSES).optional().openapi({ description: 'Without it, all but deleted images' }),
  category: Category.max(MAX_CATEGORY_LENGTH).optional().openapi({ description: 'After corrections' }),
  tier: z.enum(TIERS).optional(),
  owner: z.string().min(1).max(300).optional(),
  color: z
    .enum(COLOURS)
    .optional()
    .openapi({ description: 'A main colour of the product: for tenants with the feature `palette`' }),
  day: z.iso.date().optional().openapi({ description: "Day of the upload in the tenant's time zone" }),
  text: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .openapi({ description: 'Part of the name, the reference or the category' }),
});

/** @throws {InputError} there is no such day */
export async function filterOf(
  { day, color: colour, ...query }: z.infer<typeof FilterQuery>,
  identity: Identity,
  app: App,
): Promise<ImageFilter> {
  const filter = { ...query, colour, viewer: await viewerOf(app, identity) };
  if (day === undefined) return filter;
  const { timeZone } = (await app.tenants()).of(identity.tenant);
  return { ...filter, uploaded: dayWindow(parseDay(day), timeZone) };
}

export interface ListRequest {
  readonly tenant: TenantId;
  readonly filter: ImageFilter;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface ListedPage {
  readonly images: readonly CatalogImage[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** A request that finds few images among many ends here and gives a short page; its cursor continues. */
const MAX_READ = 2_000;
const MAX_PAGE_SIZE = 500;

export async function listImages(request: ListRequest, catalog: ImageCatalog): Promise<ListedPage> {
  const { tenant, filter, limit, cursor } = request;
  const after = cursor === undefined ? undefined : placeOf(cursor);
  // With a text to search for, or where other people's images are private, most images do not match.
  const isSparse = filter.text !== undefined || filter.viewer !== undefined;
  const pageSize = isSparse ? MAX_PAGE_SIZE : limit + 1;
  const images: CatalogImage[] = [];
  let last: CatalogImage | undefined;
  let read = 0;
  for await (const image of catalog.newest({ tenant, filter, after, pageSize })) {
    if (last !== undefined && images.length === limit) return { images, cursor: cursorOf(last) };
    if (isMatch(image.record, filter)) images.push(image);
    last = image;
    read += 1;
    // Before the next page of the catalog is read.
    if (read === MAX_READ) return { images, cursor: cursorOf(last) };
  }
  return { images };
}

function cursorOf({ imageId, record }: CatalogImage): string {
  return Buffer.from(`${record.uploadedAt} ${imageId}`).toString('base64url');
}

/** @throws {Refusal} */
function placeOf(cursor: string): CatalogPlace {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, instant, id] = /^(\d{1,15}) ([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  if (id === undefined) throw new Refusal('invalid-request', 'Expected a cursor of an earlier page');
  return { uploadedAt: Number(instant), imageId: id as ImageId };
}
