import { isUnlike, typicalityOf, typicalityReport } from '@hangtag/shared/domain/typicality.js';
import { expect } from 'chai';

const FALLING = Float32Array.of(0.8, 0.6, 0.4, 0.2);

describe('How usual a picture is', () => {
  it('is the share of the measured pictures that are at least as far away', () => {
    const distances = [0.9, 0.8, 0.7, 0.25, 0.1];

    expect(distances.map((distance) => typicalityOf(distance, FALLING))).to.deep.equal([
      0, 0.25, 0.25, 0.75, 1,
    ]);
  });

  it('makes a twentieth of the measured pictures unlike them', () => {
    const measured = Float32Array.from({ length: 200 }, (_, at) => 1 - at / 200);
    const between = [...measured].map((distance) => distance + 1 / 400);

    expect(between.filter((distance) => isUnlike(typicalityOf(distance, measured)))).to.have.length(10);
  });
});

describe('The share of a day that looks unlike the measured pictures', () => {
  const levelOf = (unlike: number, images: number) => typicalityReport({ images, unlike }).level;

  it('is unknown of fewer than twenty images', () => {
    expect(levelOf(19, 19)).to.equal('unknown');
    expect(levelOf(20, 20)).to.equal('high');
  });

  it('is high if it is twice the usual share and more than chance explains', () => {
    expect(levelOf(5, 100), 'as expected').to.equal('usual');
    expect(levelOf(4, 20), 'a small day, by chance').to.equal('usual');
    expect(levelOf(7, 20), 'a small day').to.equal('high');
    expect(levelOf(999, 10_000), 'a large day, no chance but few').to.equal('usual');
    expect(levelOf(1_000, 10_000)).to.equal('high');
  });

  it('has no share without images', () => {
    expect(typicalityReport({ images: 0, unlike: 0 })).to.deep.equal({
      images: 0,
      unlike: 0,
      share: null,
      expected: 0.05,
      level: 'unknown',
    });
  });
});
