import {
  DEFAULT_TENANT,
  type ImageId,
  imageIdOf,
  type ObjectVersion,
  type TenantId,
  tenantOf,
} from './identity.js';

/** Body of a message on `image-uploaded`: one generation that waits for its labels, and the address of its record. */
export interface ImageMessage extends ObjectVersion {
  readonly tenant: TenantId;
  readonly imageId: ImageId;
}

/** The address follows from the object alone: a name that claims an impossible tenant is filed under the default. */
export function imageMessageOf({ bucket, name, generation }: ObjectVersion): ImageMessage {
  const tenant = tenantOf(name) ?? DEFAULT_TENANT;
  return { tenant, imageId: imageIdOf(bucket, name), bucket, name, generation };
}
