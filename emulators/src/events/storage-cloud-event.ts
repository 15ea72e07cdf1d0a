/**
 * A storage event in the form that Eventarc delivers.
 * Source: https://cloud.google.com/eventarc/docs/cloudevents and
 * https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/storage/v1/data.proto
 */

import { CloudEvent } from 'cloudevents';
import type { ObjectEvent, ObjectResource } from '../bucket/resource.js';

export const STORAGE_EVENT_TYPE_PREFIX = 'google.cloud.storage.object.v1.';

/** The body is the object's resource. 64-bit integers are strings. */
export function storageCloudEvent(event: ObjectEvent): CloudEvent<ObjectResource> {
  return new CloudEvent<ObjectResource>({
    id: event.id,
    type: `${STORAGE_EVENT_TYPE_PREFIX}${event.type}`,
    source: `//storage.googleapis.com/projects/_/buckets/${event.bucket}`,
    subject: `objects/${event.name}`,
    time: event.time,
    datacontenttype: 'application/json',
    bucket: event.bucket,
    data: event.resource,
  });
}
