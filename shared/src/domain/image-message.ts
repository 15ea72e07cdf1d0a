import {
  DEFAULT_TENANT,
  type ImageId,
  imageIdOf,
  type ObjectVersion,
  type TenantId,
  tenantOf,
} from './identity.js';
import type { RecordVersion } from './record.js';

/** Body of a message on `image-uploaded`: one generation that waits for its labels, and the address of its record. */
export interface ImageMessage extends ObjectVersion {
  readonly tenant: TenantId;
  readonly imageId: ImageId;
  /** Where its record was created for this message: whoever takes it at once need not read the record. */
  readonly created?: Creation;
}

export interface Creation {
  readonly version: RecordVersion;
  /** Epoch milliseconds. */
  readonly uploadedAt: number;
}

/** The address follows from the object alone: a name that claims an impossible tenant is filed under the default. */
export function imageMessageOf({ bucket, name, generation }: ObjectVersion): ImageMessage {
  const tenant = tenantOf(name) ?? DEFAULT_TENANT;
  return { tenant, imageId: imageIdOf(bucket, name), bucket, name, generation };
}
