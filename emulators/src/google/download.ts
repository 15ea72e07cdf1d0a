import { type EmulatorSearch, resolveEmulators } from './resolve.js';
import type { Surroundings } from './surroundings.js';

/** The last major version whose own start accepts Java 17; only its downloader is used here. */
const FIREBASE_TOOLS = 'firebase-tools@14';

/**
 * Lets firebase-tools download the emulators that are missing into its cache, and looks again. Needs the
 * internet, and takes a minute or two; where it fails, the answer still says what is missing.
 */
export async function resolveOrDownloadEmulators(on: Surroundings): Promise<EmulatorSearch> {
  const search = await resolveEmulators(on);
  if (search.kind === 'found') return search;
  const products = search.missing.flatMap((one) => (one.what === 'emulator' ? [one.product.product] : []));
  for (const product of products) {
    const answer = await on.run('npx', ['--yes', FIREBASE_TOOLS, `setup:emulators:${product}`]);
    if (!answer.ok) return search;
  }
  return products.length === 0 ? search : resolveEmulators(on);
}
