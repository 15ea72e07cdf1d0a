import type { ImageId } from '@hangtag/shared/domain/identity.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import { faultsOfPromotion } from '@hangtag/shared/domain/promotion.js';
import {
  bootstrapInterval,
  evidenceOf,
  isSampled,
  type JudgedFigures,
  type TrialImage,
  trialFigures,
} from '@hangtag/shared/domain/trial.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import { expect } from 'chai';
import fc from 'fast-check';

const LABELS = ['bag', 'hat', 'shoe'];
const answer = (category: string, confidence = 1, inferMs = 5) => ({ category, confidence, inferMs });
const image = (active: string, shadow: string, truth: string | null = null, name = 'a.jpg'): TrialImage => ({
  name,
  active: answer(active, 1, 5),
  shadow: answer(shadow, 1, 7),
  truth,
});
const figures = (images: readonly TrialImage[]) => trialFigures(images, mulberry32(1));
const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);

describe('The figures of a trial', () => {
  it('say nothing without images', () => {
    const nothing = figures([]);

    expect(nothing).to.deep.equal({ images: 0, agreement: null, flips: [], inferMs: null, judged: null });
    expect(evidenceOf(nothing)).to.equal(null);
  });

  it('count agreement, flips by class with examples, and the time of the inference', () => {
    const images = [
      image('bag', 'bag'),
      image('bag', 'hat', null, '1'),
      image('bag', 'hat', null, '2'),
      image('hat', 'bag', null, '3'),
    ];

    expect(figures(images)).to.deep.include({
      images: 4,
      agreement: 0.25,
      flips: [
        { from: 'bag', to: 'hat', n: 2, examples: ['1', '2'] },
        { from: 'hat', to: 'bag', n: 1, examples: ['3'] },
      ],
      inferMs: { active: 5, shadow: 7 },
      judged: null,
    });
  });

  it('have accuracy, calibration and classes of the judged images alone', () => {
    const images = [
      image('bag', 'bag', 'bag'),
      image('bag', 'hat', 'hat'),
      image('hat', 'hat', 'hat'),
      image('shoe', 'shoe', 'hat'),
      image('bag', 'shoe'),
    ];

    const { judged } = figures(images);

    expect(judged).to.deep.include({
      n: 4,
      active: { accuracy: 0.5, ece: 0.5 },
      shadow: { accuracy: 0.75, ece: 0.25 },
      difference: 0.25,
      classes: [
        { category: 'hat', n: 3, active: 1 / 3, shadow: 2 / 3 },
        { category: 'bag', n: 1, active: 1, shadow: 1 },
      ],
    });
  });

  it('have an interval near that of the normal distribution', () => {
    const [low, high] = bootstrapInterval([...times(100, 1), ...times(900, 0)], mulberry32(7));
    const error = Math.sqrt((0.1 * 0.9) / 1_000);

    expect(low).to.be.closeTo(0.1 - 1.96 * error, 0.003);
    expect(high).to.be.closeTo(0.1 + 1.96 * error, 0.003);
  });
});

describe('The share of a trial', () => {
  it('is close to the share of the images, and grows with it', () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => imageIdOf('b', String(index)));
    const sampled = (share: number) => ids.filter((id) => isSampled(id, share));

    expect(sampled(0)).to.have.length(0);
    expect(sampled(1)).to.have.length(5_000);
    expect(sampled(0.1).length).to.be.within(420, 580);
    expect(sampled(0.2)).to.include.members(sampled(0.1) as ImageId[]);
  });
});

describe('The rule of promotion', () => {
  const judged = (facts: Partial<JudgedFigures>): JudgedFigures => ({
    n: 100,
    active: { accuracy: 0.9, ece: 0 },
    shadow: { accuracy: 0.95, ece: 0 },
    difference: 0.05,
    interval: [0.01, 0.09],
    classes: [],
    ...facts,
  });

  it('has nothing against a model that is better', () => {
    expect(faultsOfPromotion(judged({}))).to.deep.equal([]);
  });

  it('wants judged images', () => {
    expect(faultsOfPromotion(null)).to.match(/at least 20 judged images of the trial but found 0/);
    expect(faultsOfPromotion(judged({ n: 19 }))).to.have.length(1);
    expect(faultsOfPromotion(judged({ n: 20 }))).to.have.length(0);
  });

  it('wants more than one point, and an interval above 0', () => {
    const same = { active: { accuracy: 0.9, ece: 0 }, shadow: { accuracy: 0.91, ece: 0 } };

    expect(faultsOfPromotion(judged({ ...same, difference: 0.91 - 0.9 }))).to.match(
      /more than 1.0 points above 90.0 %/,
    );
    expect(faultsOfPromotion(judged({ interval: [0, 0.1] }))).to.match(/above 0 but found 0.0 points/);
  });

  it('wants no class of 20 images that is worse by more than two points', () => {
    const worse = (n: number, shadow: number) =>
      faultsOfPromotion(judged({ classes: [{ category: 'hat', n, active: 0.9, shadow }] }));

    expect(worse(20, 0.87)).to.match(
      /Expected hat to be worse by at most 2.0 points but found 87.0 % after 90.0 %/,
    );
    expect(worse(20, 0.9 - 0.02)).to.have.length(0);
    expect(worse(19, 0)).to.have.length(0);
  });

  const trials = fc.array(
    fc.record({
      active: fc.constantFrom(...LABELS),
      shadow: fc.constantFrom(...LABELS),
      truth: fc.option(fc.constantFrom(...LABELS)),
    }),
    { maxLength: 60 },
  );
  const promoted = (images: readonly TrialImage[]) => faultsOfPromotion(figures(images).judged).length === 0;

  it('never holds for a model and for the one that it replaces', () => {
    fc.assert(
      fc.property(trials, (drawn) => {
        const images = drawn.map(({ active, shadow, truth }) => image(active, shadow, truth));
        const reversed = drawn.map(({ active, shadow, truth }) => image(shadow, active, truth));

        return !(promoted(images) && promoted(reversed));
      }),
      { numRuns: 100 },
    );
  });

  it('never holds for a model that is right less often, and does not look at images that nobody judged', () => {
    fc.assert(
      fc.property(trials, (drawn) => {
        const images = drawn.map(({ active, shadow, truth }) => image(active, shadow, truth));
        const alone = images.filter(({ truth }) => truth !== null);
        const right = (model: 'active' | 'shadow') =>
          alone.filter((each) => each[model].category === each.truth).length;

        expect(figures(images).judged).to.deep.equal(figures(alone).judged);
        return right('shadow') > right('active') || !promoted(images);
      }),
      { numRuns: 100 },
    );
  });

  it('holds for a model that corrects every mistake of many', () => {
    expect(
      promoted([...times(30, image('bag', 'hat', 'hat')), ...times(70, image('bag', 'bag', 'bag'))]),
    ).to.equal(true);
  });
});
