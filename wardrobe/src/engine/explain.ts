/** Why an outfit was chosen: the parts of its score, in words. */
import { pairRule } from './pair-points.js';
import { type Candidate, type Reason, reasonsOf, type Standard } from './suitability.js';

/** @returns reasons whose weights add up to the score; one for each text, with the items that it is about */
export function explain(chosen: readonly Candidate[], standard: Standard): readonly Reason[] {
  const pairs = chosen.flatMap((one, index) =>
    chosen.slice(index + 1).flatMap((other) => {
      const rule = pairRule(one, other);
      if (rule === undefined) return [];
      const { name, weight, text } = rule;
      const about = [one.item.category, other.item.category];
      return [{ reason: { kind: 'colour', rule: name, weight, text } as const, about }];
    }),
  );
  const single = chosen.flatMap((each) =>
    reasonsOf(each, standard).map((reason) => ({ reason, about: [each.item.category] })),
  );
  const byText = new Map<string, { readonly reason: Reason; readonly about: readonly string[] }[]>();
  for (const each of [...pairs, ...single]) {
    const key = `${each.reason.kind} ${each.reason.text}`;
    byText.set(key, [...(byText.get(key) ?? []), each]);
  }
  return [...byText.values()].flatMap((alike) => {
    const weight = alike.reduce((sum, { reason }) => sum + reason.weight, 0);
    const about = alike.map((each) => each.about);
    const names = about.map((categories) => categories.join(' with ')).join(', ');
    return alike
      .slice(0, weight === 0 ? 0 : 1)
      .map(({ reason }) => ({ ...reason, weight, text: `${reason.text}: ${names}`, about }));
  });
}
