import type { App } from '../app/app.js';
import type { Identity } from './identity.js';

/**
 * In a tenant with the feature `wardrobe`, images of an owner are private: other people of the tenant do not see them, unless they
 * are administrators. API keys are of programs of the tenant, which see all. `firestore.rules` decide the same.
 *
 * @returns the uid of a person who sees only their own images and those without an owner; undefined if the caller sees all images
 */
export async function viewerOf(app: App, { tenant, scopes, subject }: Identity): Promise<string | undefined> {
  if (subject.kind !== 'user' || scopes.includes('admin')) return undefined;
  const { features } = (await app.tenants()).of(tenant);
  return features.includes('wardrobe') ? subject.id : undefined;
}
