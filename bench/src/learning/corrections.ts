/** Which pictures stand for those that somebody corrected, and which test what was learned from them. */
import { type Examples, select } from '@hangtag/shared/learning/examples.js';
import { groupDuplicates, membersOf } from '@hangtag/shared/learning/group-duplicates.js';
import type { LabelledSet } from './pictures.js';

/** Groups of each label that are kept for the test. */
const TESTED_GROUPS = 40;

/** Duplicates stay together: none is both corrected and tested. */
export function splitByGroup({ labels, examples }: LabelledSet): Record<'learned' | 'tested', LabelledSet> {
  const counts = new Map<number, number>();
  const [learned, tested]: [number[], number[]] = [[], []];
  for (const members of membersOf(groupDuplicates(examples))) {
    const label = examples.labels[members[0] ?? 0] ?? 0;
    const count = counts.get(label) ?? 0;
    counts.set(label, count + 1);
    (count < TESTED_GROUPS ? tested : learned).push(...members);
  }
  return {
    learned: { labels, examples: select(examples, learned) },
    tested: { labels, examples: select(examples, tested) },
  };
}

export function firstOfEach(examples: Examples, most: number): Examples {
  const counts = new Map<number, number>();
  const chosen = [...examples.labels.keys()].filter((at) => {
    const label = examples.labels[at] ?? 0;
    const count = counts.get(label) ?? 0;
    counts.set(label, count + 1);
    return count < most;
  });
  return select(examples, chosen);
}
