/** Why an outfit was chosen: the parts of its score, in words. */
import { pairRule } from './pair-points.js';
import { type Candidate, type Reason, reasonsOf, type Standard } from './suitability.js';

/** @returns reasons whose weights add up to the score; one for each text, with the items that it is about */
export function explain(chosen: readonly Candidate[], standard: Standard): readonly Reason[] {
  const pairs = chosen.flatMap((one, index) =>
    chosen.slice(index + 1).flatMap((other) => {
      const rule = pairRule(one, other);
      const about = `${one.item.category} with ${other.item.category}`;
      return rule === undefined
        ? []
        : [{ kind: 'colour', weight: rule.weight, text: rule.text, about } as const];
    }),
  );
  const single = chosen.flatMap((each) =>
    reasonsOf(each, standard).map((reason) => ({ ...reason, about: each.item.category })),
  );
  const byText = new Map<string, (Reason & { readonly about: string })[]>();
  for (const reason of [...pairs, ...single]) {
    const key = `${reason.kind} ${reason.text}`;
    byText.set(key, [...(byText.get(key) ?? []), reason]);
  }
  return [...byText.values()].flatMap((alike) => {
    const weight = alike.reduce((sum, each) => sum + each.weight, 0);
    const about = alike.map((each) => each.about).join(', ');
    return alike
      .slice(0, weight === 0 ? 0 : 1)
      .map(({ kind, text }) => ({ kind, weight, text: `${text}: ${about}` }));
  });
}
