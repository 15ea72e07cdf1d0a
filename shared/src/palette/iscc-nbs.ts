/**
 * Names of colours: the 267 of the ISCC-NBS system with the centroids of Kelly and Judd, "Color: Universal Language and Dictionary of
 * Names", National Bureau of Standards, Special Publication 440, 1976, in sRGB. The last word of a name is its basic colour.
 */
import { modeOklab, modeRgb, parseHex, useMode } from 'culori/fn';
import type { Oklab } from './oklab.js';

const CENTROIDS = `
pink: vivid ffb5ba, strong ea9399, deep e4717a, light f9ccca, moderate dea5a4, dark c08081, pale ead8d7,
  grayish c4aead, vivid yellowish ffb7a5, strong yellowish f99379, deep yellowish e66761,
  light yellowish f4c2c2, moderate yellowish d9a6a9, dark yellowish c48379, pale yellowish ecd5c5,
  grayish yellowish c7ada3, brownish c2ac99, brilliant purplish ffc8d6, strong purplish e68fac,
  deep purplish de6fa1, light purplish efbbcc, moderate purplish d597ae, dark purplish c17e91,
  pale purplish e8ccd7, grayish purplish c3a6b1
white: pinkish eae3e1, yellowish f0ead6, greenish dfede8, bluish e9e9ed, purplish e8e3e5, f2f3f4
gray: pinkish c1b6b3, reddish 8f817f, dark reddish 5c504f, light brownish 8e8279, brownish 5b504f,
  yellowish bfb8a5, light olive 8a8776, olive 57554c, light greenish b2beb5, greenish 7d8984,
  dark greenish 4e5755, light bluish b4bcc0, bluish 81878b, dark bluish 51585e, light purplish bfb9bd,
  purplish 8b8589, dark purplish 5d555b, light b9b8b5, medium 848482, dark 555555
red: vivid be0032, strong bc3f4a, deep 841b2d, very deep 5c0923, moderate ab4e52, dark 722f37,
  very dark 3f1728, light grayish ad8884, grayish 905d5d, dark grayish 543d3f, blackish 2e1d21,
  vivid purplish ce4676, strong purplish b3446c, deep purplish 78184a, very deep purplish 54133b,
  moderate purplish a8516e, dark purplish 673147, very dark purplish 38152c,
  light grayish purplish af868e, grayish purplish 915f6d
black: reddish 282022, brownish 28201c, olive 25241d, greenish 1e2321, bluish 202428, purplish 242124,
  222222
orange: vivid reddish e25822, strong reddish d9603b, deep reddish aa381e, moderate reddish cb6d51,
  dark reddish 9e4732, grayish reddish b4745e, vivid f38400, brilliant fd943f, strong ed872d,
  deep be6516, light fab57f, moderate d99058, brownish ae6938
brown: strong reddish 882d17, deep reddish 56070c, light reddish a87c6d, moderate reddish 79443b,
  dark reddish 3e1d1e, light grayish reddish 977f73, grayish reddish 674c47,
  dark grayish reddish 43302e, strong 80461b, deep 593319, light a67b5b, moderate 6f4e37, dark 422518,
  light grayish 958070, grayish 635147, dark grayish 3e322c, strong yellowish 996515,
  deep yellowish 654522, light yellowish c19a6b, moderate yellowish 826644, dark yellowish 4b3621,
  light grayish yellowish ae9b82, grayish yellowish 7e6d5a, dark grayish yellowish 483c32,
  light olive 967117, moderate olive 6c541e, dark olive 3b3121
yellow: vivid orange f6a600, brilliant orange ffc14f, strong orange eaa221, deep orange c98500,
  light orange fbc97f, moderate orange e3a857, dark orange be8a3d, pale orange fad6a5, vivid f3c300,
  brilliant fada5e, strong d4af37, deep af8d13, light f8de7e, moderate c9ae5d, dark ab9144, pale f3e5ab,
  grayish c2b280, dark grayish a18f60, vivid greenish dcd300, brilliant greenish e9e450,
  strong greenish beb72e, deep greenish 9b9400, light greenish eae679, moderate greenish b9b459,
  dark greenish 98943e, pale greenish ebe8a4, grayish greenish b9b57d
olive: light 867e36, moderate 665d1e, dark 403d21, light grayish 8c8767, grayish 5b5842,
  dark grayish 363527
green: vivid yellow 8db600, brilliant yellow bdda57, strong yellow 7e9f2e, deep yellow 467129,
  light yellow c9dc89, moderate yellow 8a9a5b, pale yellow dadfb7, grayish yellow 8f9779,
  strong olive 404f00, deep olive 232f00, moderate olive 4a5d23, dark olive 2b3d26,
  grayish olive 515744, dark grayish olive 31362b, vivid yellowish 27a64c, brilliant yellowish 83d37d,
  strong yellowish 44944a, deep yellowish 00622d, very deep yellowish 003118,
  very light yellowish b6e5af, light yellowish 93c592, moderate yellowish 679267, dark yellowish 355e3b,
  very dark yellowish 173620, vivid 008856, brilliant 3eb489, strong 007959, deep 00543d,
  very light 8ed1b2, light 6aab8e, moderate 3b7861, dark 1b4d3e, very dark 1c352d, very pale c7e6d7,
  pale 8da399, grayish 5e716a, dark grayish 3a4b47, blackish 1a2421, vivid bluish 008882,
  brilliant bluish 00a693, strong bluish 007a74, deep bluish 00443f, very light bluish 96ded1,
  light bluish 66ada4, moderate bluish 317873, dark bluish 004b49, very dark bluish 002a29
blue: vivid greenish 0085a1, brilliant greenish 239eba, strong greenish 007791, deep greenish 2e8495,
  very light greenish 9cd1dc, light greenish 66aabc, moderate greenish 367588, dark greenish 004958,
  very dark greenish 002e3b, vivid 00a1c2, brilliant 4997d0, strong 0067a5, deep 00416a,
  very light a1caf1, light 70a3cc, moderate 436b95, dark 00304e, very pale bcd4e6, pale 91a3b0,
  grayish 536878, dark grayish 36454f, blackish 202830, vivid purplish 30267a,
  brilliant purplish 6c79b8, strong purplish 545aa7, deep purplish 272458, very light purplish b3bce2,
  light purplish 8791bf, moderate purplish 4e5180, dark purplish 252440, very pale purplish c0c8e1,
  pale purplish 8c92ac, grayish purplish 4c516d
violet: vivid 9065ca, brilliant 7e73b8, strong 604e97, deep 32174d, very light dcd0ff, light 8c82b6,
  moderate 604e81, dark 2f2140, very pale c4c3dd, pale 9690ab, grayish 554c69
purple: vivid 9a4eae, brilliant d399e6, strong 875692, deep 602f6b, very deep 401a4c, very light d5badb,
  light b695c0, moderate 86608e, dark 563c5c, very dark 301934, very pale d6cadd, pale aa98a9,
  grayish 796878, dark grayish 50404d, blackish 291e29, vivid reddish 870074, strong reddish 9e4f88,
  deep reddish 702963, very deep reddish 54194e, light reddish b784a7, moderate reddish 915c83,
  dark reddish 5d3954, very dark reddish 341731, pale reddish aa8a9e, grayish reddish 836479
`;

interface Centroid extends Oklab {
  readonly name: string;
}

useMode(modeRgb);
const toOklab = useMode(modeOklab);

const NAMES: readonly Centroid[] = CENTROIDS.trim()
  .split(/\n(?! )/)
  .flatMap(centroidsOf);
const NEUTRAL_NAMES = NAMES.filter(({ name }) => /(?:white|gray|black)$/.test(name));

/** A line of the table. */
function centroidsOf(line: string): readonly Centroid[] {
  const [basic = '', list = ''] = line.split(': ');
  return list.split(/,\s+/).map((entry) => {
    const words = entry.split(' ');
    const colour = parseHex(words.pop() ?? '');
    const { l, a, b } = toOklab(colour ?? { mode: 'rgb', r: 0, g: 0, b: 0 });
    return { name: [...words, basic].join(' '), l, a, b };
  });
}

/** Below this chroma, people call a colour white, gray or black, however dark: the centroids of dark browns and blues are near to black. */
const NEUTRAL_CHROMA = 0.02;
/** Names follow the hue more than the lightness, which differs with the light on the product. */
const LIGHTNESS_WEIGHT = 0.5;

/** The name of the nearest centroid. */
export function nameOf({ l, a, b }: Oklab): string {
  const isNeutral = a * a + b * b < NEUTRAL_CHROMA ** 2;
  const names = isNeutral ? NEUTRAL_NAMES : NAMES;
  const distances = names.map(
    (each) => (LIGHTNESS_WEIGHT * (each.l - l)) ** 2 + (each.a - a) ** 2 + (each.b - b) ** 2,
  );
  return names[distances.indexOf(Math.min(...distances))]?.name ?? 'gray';
}
