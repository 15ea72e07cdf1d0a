import { DEFAULT_TENANT, type TenantId, tenantOf } from '@hangtag/shared/domain/identity.js';
import type { ListRequest, ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';

/**
 * The objects of a tenant, a call for each thousand. Each tenant has a folder. Every object outside of the tenants' folders
 * belongs to the default tenant, so for that one the whole bucket is listed.
 *
 * @param request `{ versions: true }` lists noncurrent generations as well
 */
export async function* objectsOf(
  tenant: TenantId,
  { objects, bucket }: { readonly objects: ObjectStore; readonly bucket: string },
  request: Pick<ListRequest, 'versions'> = {},
): AsyncIterable<StoredObject> {
  const folder = { ...request, ...(tenant !== DEFAULT_TENANT && { prefix: `tenants/${tenant}/` }) };
  let page = await objects.list(bucket, folder);
  for (;;) {
    yield* page.objects.filter(({ name }) => (tenantOf(name) ?? DEFAULT_TENANT) === tenant);
    const { nextPageToken: pageToken } = page;
    if (pageToken === undefined) return;
    page = await objects.list(bucket, { ...folder, pageToken });
  }
}
