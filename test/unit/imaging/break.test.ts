import { hasBreak } from '@hangtag/shared/imaging/break.js';
import type { Lines } from '@hangtag/shared/imaging/opened-image.js';
import { expect } from 'chai';

const SIDE = 40;
const WHOLE = { left: 0, top: 0, width: SIDE, height: SIDE };

/** Grey pixels. */
function picture(valueAt: (x: number, y: number) => number) {
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  for (let at = 0; at < SIDE * SIDE; at += 1)
    pixels.fill(valueAt(at % SIDE, Math.floor(at / SIDE)), at * 3, at * 3 + 3);
  return { width: SIDE, height: SIDE, pixels };
}

describe('a break in a picture', () => {
  const upperHalf = (difference: number) => picture((_x, y) => (y < 20 ? 100 : 100 + difference));
  const leftHalf = (difference: number) => picture((x) => (x < 20 ? 100 : 100 - difference));
  const found: readonly [what: string, ReturnType<typeof picture>, Lines, boolean][] = [
    ['between rows', upperHalf(25), 'rows', true],
    ['of a lesser difference', upperHalf(24), 'rows', false],
    ['between rows, if the lines are columns', upperHalf(25), 'columns', false],
    ['between columns', leftHalf(25), 'columns', true],
    ['between columns, if the lines are rows', leftHalf(25), 'rows', false],
    ['in 7 of 10 columns', picture((x, y) => (y < 20 || x >= 28 ? 100 : 200)), 'rows', true],
    ['in 6 of 10 columns', picture((x, y) => (y < 20 || x >= 24 ? 100 : 200)), 'rows', false],
    ['between the last two rows', picture((_x, y) => (y < 39 ? 100 : 200)), 'rows', true],
  ];
  for (const [what, image, lines, isFound] of found) {
    it(`is ${isFound ? '' : 'not '}found ${what}`, () => {
      expect(hasBreak(image, WHOLE, lines)).to.equal(isFound);
    });
  }

  it('is found in one channel', () => {
    const image = upperHalf(0);
    for (let at = 20 * SIDE * 3; at < image.pixels.length; at += 3) image.pixels[at + 2] = 200;

    expect(hasBreak(image, WHOLE, 'rows')).to.equal(true);
  });

  it('is looked for in the area only', () => {
    const image = picture((x, y) => (x >= 10 && x < 30 && y >= 20 ? 200 : 100));

    expect(hasBreak(image, WHOLE, 'rows')).to.equal(false);
    expect(hasBreak(image, { ...WHOLE, left: 10, width: 20 }, 'rows')).to.equal(true);
    expect(hasBreak(image, { left: 10, top: 22, width: 20, height: 18 }, 'rows')).to.equal(false);
  });
});
