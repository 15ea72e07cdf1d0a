import { commonPrefixOf, DEFAULT_TENANT, type TenantId, tenantOf } from '@hangtag/shared/domain/identity.js';
import type { ListRequest, ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';

/**
 * Lists the objects of a tenant, with one call for each thousand. Each tenant has a folder. Objects outside of these folders
 * belong to the default tenant, so the whole bucket is listed for it.
 *
 * @param request `{ versions: true }` lists noncurrent generations as well
 */
export async function* objectsOf(
  tenant: TenantId,
  { objects, bucket }: { readonly objects: ObjectStore; readonly bucket: string },
  request: Pick<ListRequest, 'versions'> = {},
): AsyncIterable<StoredObject> {
  const prefix = commonPrefixOf(tenant);
  const folder = { ...request, ...(prefix !== '' && { prefix }) };
  let page = await objects.list(bucket, folder);
  for (;;) {
    yield* page.objects.filter(({ name }) => (tenantOf(name) ?? DEFAULT_TENANT) === tenant);
    const { nextPageToken: pageToken } = page;
    if (pageToken === undefined) return;
    page = await objects.list(bucket, { ...folder, pageToken });
  }
}
