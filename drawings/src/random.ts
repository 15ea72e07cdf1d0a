import { mulberry32 } from '@hangtag/shared/mulberry32.js';

/** Repeatable randomness: the same seed gives the same sequence on every machine and Node version. */
export interface Random {
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform among the integers low to high, both included. */
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
}

/** A generator for each seed. Use one for each picture, so that pictures do not depend on each other. */
export function seededRandom(seed: string): Random {
  const unit = mulberry32(fnv1a(seed));
  const integer = (low: number, high: number) => low + Math.floor(unit() * (high - low + 1));
  const pick = <T>(choices: readonly T[]): T => {
    const choice = choices[integer(0, choices.length - 1)];
    if (choice === undefined) throw new RangeError('Expected at least one choice but received none');
    return choice;
  };
  return {
    between: (low, high) => low + unit() * (high - low),
    integer,
    chance: (probability) => unit() < probability,
    pick,
    shuffle: (items) =>
      items
        .map((item) => ({ item, rank: unit() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ item }) => item),
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
