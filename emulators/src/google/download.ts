import { type EmulatorSearch, resolveEmulators } from './resolve.js';
import type { Surroundings } from './surroundings.js';

/** The last major version that accepts Java 17. Only its downloader is used. */
const FIREBASE_TOOLS = 'firebase-tools@14';

/**
 * Downloads the missing emulators with firebase-tools into its cache, then searches again. This needs the internet and takes one
 * or two minutes. If a download fails, the result lists what is missing.
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
