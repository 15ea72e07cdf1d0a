/** Generated wardrobes: no outfit breaks a stated rule, and the first one is the best of all combinations. */

import { WardrobeMaker } from '@hangtag/bench/synthetic/wardrobes.js';
import type { Colour } from '@hangtag/wardrobe/engine/colour.js';
import { type Item, kindOf } from '@hangtag/wardrobe/engine/garment.js';
import { formalityOf, type Need } from '@hangtag/wardrobe/engine/occasion.js';
import { composeOutfits, type OutfitAnswer } from '@hangtag/wardrobe/engine/outfits.js';
import { pairRule } from '@hangtag/wardrobe/engine/pair-points.js';
import { coreOf } from '@hangtag/wardrobe/engine/search.js';
import {
  type Candidate,
  candidateOf,
  EXCLUSIONS,
  judge,
  standardOf,
} from '@hangtag/wardrobe/engine/suitability.js';
import { sentenceOf } from '@hangtag/web/sentence.js';
import { german } from '@hangtag/web/strings.js';
import { expect } from 'chai';

const WARDROBES = 200;
const ITEMS = 14;
const NEXT_DAY_MS = 86_400_000;
const NOTHING: ReadonlySet<string> = new Set();

interface Case {
  readonly items: readonly Item[];
  readonly need: Need;
  readonly answer: OutfitAnswer;
}

function cases(): readonly Case[] {
  return Array.from({ length: WARDROBES }, (_, seed) => {
    const maker = new WardrobeMaker(seed);
    const [items, need] = [maker.items(ITEMS), maker.need()];
    return { items, need, answer: composeOutfits({ items, need, count: 3, refused: NOTHING }) };
  });
}

/** The stated rules, written from docs/wardrobe.md and not from the engine. */
function brokenRules(items: readonly Item[], { day, occasion }: Need): readonly string[] {
  const vivid = ({ c }: Colour) => c >= 0.12;
  const step = ({ h }: Colour) => Math.round(h / 30) % 12;
  const largest = ({ colours }: Item) =>
    colours
      .toSorted((one, other) => other.share - one.share)
      .slice(0, 1)
      .filter(vivid)
      .map(step);
  const apart = (one: number, other: number) => Math.min(Math.abs(one - other), 12 - Math.abs(one - other));
  return items.flatMap((item, index) => [
    ...(item.isDirty ? ['dirty'] : []),
    ...(Math.abs(item.formality - formalityOf(occasion)) > 1 ? ['formality'] : []),
    ...(['top', 'whole', 'bottom'].includes(kindOf(item.category)?.slot ?? '') &&
    item.worn.some((worn) => Math.abs(Date.parse(worn) - Date.parse(day)) <= NEXT_DAY_MS)
      ? ['worn yesterday']
      : []),
    ...items
      .slice(index + 1)
      .flatMap((other) =>
        largest(item).some((one) => largest(other).some((two) => [2, 3].includes(apart(one, two))))
          ? ['clash']
          : [],
      ),
  ]);
}

/** The most points of all combinations, by trying every one. */
function bestByExhaustion(items: readonly Item[], need: Need): number | undefined {
  const judged = items.flatMap((item) => judge(item, standardOf(need)) ?? []);
  const free = judged.flatMap((each) => (each.broken ? [] : [candidateOf(each, standardOf(need))]));
  const of = (...slots: readonly string[]) => free.filter(({ slot }) => slots.includes(slot));
  const accessories = of('accessory');
  const pairs = accessories.flatMap((one, index) =>
    accessories
      .slice(index + 1)
      .flatMap((two) => (one.item.category === two.item.category ? [] : [[one, two]])),
  );
  const extras: readonly (readonly Candidate[])[] = [[], ...accessories.map((one) => [one]), ...pairs];
  const ownsBottom = judged.some(({ slot }) => slot === 'bottom');
  const scores = of('top', 'whole').flatMap((top) =>
    of('shoes').flatMap((shoes) =>
      (ownsBottom && top.slot === 'top' ? of('bottom').map((each) => [each]) : [[]]).flatMap((bottom) =>
        extras.flatMap((extra) => scoreOf([top, ...bottom, shoes, ...extra]) ?? []),
      ),
    ),
  );
  return scores.length === 0 ? undefined : Math.max(...scores);
}

function scoreOf(chosen: readonly Candidate[]): number | undefined {
  const rules = chosen.flatMap((one, index) => chosen.slice(index + 1).map((other) => pairRule(one, other)));
  const colours = rules.map((rule) => rule?.weight ?? Number.NaN);
  const sum = [...colours, ...chosen.map(({ points }) => points)].reduce((total, each) => total + each, 0);
  return Number.isNaN(sum) ? undefined : sum;
}

describe('Of 200 generated wardrobes', () => {
  let all: readonly Case[];
  before(() => {
    all = cases();
  });

  it('about half have an outfit, so that the other tests see both cases', () => {
    const dressed = all.filter(({ answer }) => answer.outfits.length > 0).length;

    expect(dressed).to.be.within(WARDROBES / 4, (WARDROBES * 3) / 4);
  });

  it('no outfit has an item that is dirty, was worn yesterday or is too formal, or colours that clash', () => {
    for (const { answer, need } of all) {
      for (const { items } of answer.outfits) expect(brokenRules(items, need)).to.deep.equal([]);
    }
  });

  it('the generated items break each of these rules', () => {
    const broken = new Set(all.flatMap(({ items, need }) => brokenRules(items, need)));

    expect([...broken]).to.have.members(['dirty', 'formality', 'worn yesterday', 'clash']);
  });

  it('the first outfit has the most points of all combinations', () => {
    for (const { items, need, answer } of all) {
      expect(answer.outfits[0]?.score).to.equal(bestByExhaustion(items, need));
    }
  });

  it('the score is the sum of its reasons, and the outfits come in the order of their scores', () => {
    for (const { outfits } of all.map(({ answer }) => answer)) {
      const scores = outfits.map(({ score }) => score);
      expect(scores).to.deep.equal(scores.toSorted((one, other) => other - one));
      for (const { score, reasons } of outfits) {
        expect(reasons.reduce((sum, { weight }) => sum + weight, 0)).to.equal(score);
      }
    }
  });

  it('the same combination is not offered twice, and not when it was refused', () => {
    for (const { items, need, answer } of all) {
      const offered = answer.outfits.map((outfit) => coreOf(outfit.items));
      const refused = new Set(offered.slice(0, 1));

      const again = composeOutfits({ items, need, count: 3, refused });

      expect(new Set(offered).size).to.equal(offered.length);
      expect(again.outfits.map((outfit) => coreOf(outfit.items)).slice(0, 2)).to.deep.equal(
        offered.slice(1, 3),
      );
    }
  });

  it('the answer is the same when the items are in another order', () => {
    for (const { items, need, answer } of all) {
      expect(composeOutfits({ items: items.toReversed(), need, count: 3, refused: NOTHING })).to.deep.equal(
        answer,
      );
    }
  });

  it('every reason, and what is missing, has a German sentence on the page', () => {
    const reasons = all.flatMap(({ answer }) => answer.outfits.flatMap((outfit) => outfit.reasons));
    const lacks = all.flatMap(({ answer }) => answer.lacks);
    const said = [
      ...reasons.map(({ kind, rule, values = {} }) =>
        sentenceOf(german.outfitReasons, `${kind} ${rule}`, values, 'de'),
      ),
      ...lacks.map(({ kind, values }) =>
        sentenceOf(german.lacks, kind, { ...values, occasion: 'Arbeit', owned: 'nichts' }, 'de'),
      ),
    ];

    expect(new Set(reasons.map(({ kind }) => kind)).size).to.be.at.least(4);
    expect(new Set(lacks.map(({ kind }) => kind)).size).to.be.at.least(3);
    expect(said).not.to.include(undefined);
    expect(german.exclusions).to.have.all.keys(...EXCLUSIONS);
  });

  it('a wardrobe without an outfit gets the reason', () => {
    for (const { answer } of all.filter(({ answer: { outfits } }) => outfits.length < 3)) {
      expect(answer.lacks).not.to.deep.equal([]);
    }
  });
});
