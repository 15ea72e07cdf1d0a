import type { ImageId, ObjectVersion, TenantId } from './identity.js';

/** Body of a message on `image-uploaded`: one generation that waits for its labels. */
export interface ImageMessage extends ObjectVersion {
  readonly tenant: TenantId;
  readonly imageId: ImageId;
}
