import type { Manifest } from './manifest.js';
import { ENGINES } from './manifest-facts.js';
import { sha256Hex } from './model-files.js';

/** The same for a model and for those that are learned from it: they differ in the head only. */
export function backboneDigest({ engines, files }: Pick<Manifest, 'engines' | 'files'>): string {
  const networks = new Set(ENGINES.map((name) => engines[name]));
  const digests = files.filter(({ path }) => networks.has(path)).map(({ sha256 }) => sha256);
  return sha256Hex(digests.toSorted().join(' '));
}
