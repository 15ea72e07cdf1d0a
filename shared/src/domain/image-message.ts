import {
  DEFAULT_TENANT,
  type ImageId,
  imageIdOf,
  type ObjectVersion,
  type TenantId,
  tenantOf,
} from './identity.js';
import type { RecordVersion } from './record.js';

/** The body of a message on `image-uploaded`: one generation to label, and the address of its record. */
export interface ImageMessage extends ObjectVersion {
  readonly tenant: TenantId;
  readonly imageId: ImageId;
  /** Present if the record was created together with this message: the first delivery need not read the record. */
  readonly created?: Creation;
}

export interface Creation {
  readonly version: RecordVersion;
  /** Epoch milliseconds. */
  readonly uploadedAt: number;
}

/** The address is computed from the object. A name in the folder of an impossible tenant belongs to the default tenant. */
export function imageMessageOf({ bucket, name, generation }: ObjectVersion): ImageMessage {
  const tenant = tenantOf(name) ?? DEFAULT_TENANT;
  return { tenant, imageId: imageIdOf(bucket, name), bucket, name, generation };
}
