import { distanceOf, mixOf, type WeightedColour } from './oklab.js';

const MOST_COLOURS = 5;
const LEAST_COLOURS = 3;
/** Colours at least this far apart in OKLab; if there are too few, nearer ones. */
const DISTANCES = [0.14, 0.09, 0.05];
/** A colour with less is part of the nearest one. */
const LEAST_SHARE = 0.04;
/** Colours move to the mean of the colours that are nearest to them (k-means). They hardly move after this. */
const ROUNDS = 4;

/** Three to five colours, the largest weight first; fewer if there are not as many different ones. */
export function mainColours(colours: readonly WeightedColour[]): readonly WeightedColour[] {
  let centres = firstCentres(colours);
  for (let round = 0; round < ROUNDS; round += 1) centres = moveToMeans(centres, colours);
  const { weight } = mixOf(colours);
  const large = centres.filter((centre) => centre.weight >= LEAST_SHARE * weight);
  return moveToMeans(large, colours).toSorted((one, other) => other.weight - one.weight);
}

/** The most frequent colours with a distance from each other. */
function firstCentres(colours: readonly WeightedColour[]): readonly WeightedColour[] {
  let centres: WeightedColour[] = [];
  for (const distance of DISTANCES) {
    centres = [];
    for (const colour of colours)
      if (centres.every((centre) => distanceOf(centre, colour) >= distance)) centres.push(colour);
    if (centres.length >= LEAST_COLOURS) break;
  }
  return centres.slice(0, MOST_COLOURS);
}

function moveToMeans(
  centres: readonly WeightedColour[],
  colours: readonly WeightedColour[],
): readonly WeightedColour[] {
  const nearest = centres.map((): WeightedColour[] => []);
  for (const colour of colours) nearest[nearestOf(centres, colour)]?.push(colour);
  return nearest.filter(({ length }) => length > 0).map(mixOf);
}

function nearestOf(centres: readonly WeightedColour[], colour: WeightedColour): number {
  const distances = centres.map((centre) => distanceOf(centre, colour));
  return distances.indexOf(Math.min(...distances));
}
