/** A collection is at the odd places of a path. A document of `tenants` would be a tenant; below it, each would be an event again. */
const COLLECTION = /^(?!tenants(?:\/|$))[^/]+(\/[^/]+\/[^/]+)*$/;

export function isCollection(path: unknown): path is string {
  return typeof path === 'string' && COLLECTION.test(path);
}
