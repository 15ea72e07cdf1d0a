/** How often the answers of reviewers agree with those of other people. What cannot be read of an answer is left out. */
import type { DocumentData } from 'firebase/firestore';

export interface Agreement {
  readonly count: number;
  /** 0 to 1. */
  readonly share: number;
}

export interface Reviewer {
  readonly by: string;
  /** With the known answers of controls. */
  readonly controls?: Agreement | undefined;
  /** With the other person, of images that need two. */
  readonly doubles?: Agreement | undefined;
}

interface Compared {
  readonly by: unknown;
  readonly isSame: boolean;
}

/**
 * @param controls documents of `controls`
 * @param answers documents of `answers`, to images that need two people
 * @returns the lowest share first
 */
export function reviewersOf(
  controls: readonly DocumentData[],
  answers: readonly DocumentData[],
): readonly Reviewer[] {
  const [ofControls, ofDoubles] = [agreements(compareControls(controls)), agreements(comparePairs(answers))];
  return [...new Set([...ofControls.keys(), ...ofDoubles.keys()])]
    .map((by) => ({ by, controls: ofControls.get(by), doubles: ofDoubles.get(by) }))
    .toSorted((a, b) => lowest(a) - lowest(b));
}

function lowest({ controls, doubles }: Reviewer): number {
  return Math.min(controls?.share ?? 1, doubles?.share ?? 1);
}

function compareControls(controls: readonly DocumentData[]): readonly Compared[] {
  return controls.flatMap(({ by, category, expected }) =>
    typeof category === 'string' ? [{ by, isSame: category === expected }] : [],
  );
}

function comparePairs(answers: readonly DocumentData[]): readonly Compared[] {
  const others = new Map<string, DocumentData>();
  return answers.flatMap(({ image, generation, category, by }) => {
    const key = `${image}/${generation}`;
    const other = others.get(key);
    others.set(key, { category, by });
    const isSame = category === other?.['category'];
    return other === undefined
      ? []
      : [
          { by, isSame },
          { by: other['by'], isSame },
        ];
  });
}

function agreements(compared: readonly Compared[]): ReadonlyMap<string, Agreement> {
  const counts = new Map<string, { count: number; same: number }>();
  for (const { by, isSame } of compared) {
    if (typeof by !== 'string') continue;
    const { count, same } = counts.get(by) ?? { count: 0, same: 0 };
    counts.set(by, { count: count + 1, same: same + Number(isSame) });
  }
  return new Map([...counts].map(([by, { count, same }]) => [by, { count, share: same / count }]));
}
