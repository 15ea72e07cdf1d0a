import type { Manifest } from './manifest.js';

/** How many scores the network must give: one a label, and one more where the last says "none of them". */
export function outputSize({ labels, rejection }: Pick<Manifest, 'labels' | 'rejection'>): number {
  return rejection?.score === 'extra-output' ? Math.max(labels.length, rejection.index + 1) : labels.length;
}
