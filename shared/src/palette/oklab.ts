/** A colour in OKLab, in which black and white are 1 apart, and colours of which one can just see the difference about 0.02. */
export interface Oklab {
  readonly l: number;
  readonly a: number;
  readonly b: number;
}

/** `Math.hypot` takes several times as long. */
export function distanceOf(one: Oklab, other: Oklab): number {
  return Math.sqrt((one.l - other.l) ** 2 + (one.a - other.a) ** 2 + (one.b - other.b) ** 2);
}

/** A colour, and how much of a picture has it. */
export interface WeightedColour extends Oklab {
  readonly weight: number;
}

/** The mean of colours, and the sum of their weights. */
export function mixOf(colours: readonly WeightedColour[]): WeightedColour {
  const mix = { l: 0, a: 0, b: 0, weight: 0 };
  for (const { l, a, b, weight } of colours) {
    mix.l += l * weight;
    mix.a += a * weight;
    mix.b += b * weight;
    mix.weight += weight;
  }
  const { weight } = mix;
  return { l: mix.l / weight, a: mix.a / weight, b: mix.b / weight, weight };
}
