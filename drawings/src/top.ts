import { css, lighter } from './colours.js';
import { type Cut, garment, neckEdge, waistline } from './garment.js';
import { cloth } from './patterns.js';
import type { Random } from './random.js';
import { bothSides, type Drawing, d, line, path } from './svg.js';

/** Women's tops: narrow straps or flutter sleeves, wide neck, fitted waist and a flared hem. */
export function top(random: Random): Drawing {
  const straps = random.chance(0.55);
  const chest = random.between(19, 22);
  const neckHalf = straps ? random.between(11, 14) : random.between(11, 13);
  const cut: Cut = {
    neck: { half: neckHalf, depth: random.between(13, 20), kind: random.pick(['round', 'v']) },
    shoulder: { half: straps ? neckHalf + random.between(1.6, 3) : chest - 1, drop: straps ? 0.6 : 2 },
    chest,
    armhole: random.between(19, 23),
    waist: chest - random.between(3.5, 6),
    hem: chest + random.between(3, 10),
    length: random.between(60, 72),
    hemDrop: random.between(1, 4),
    sleeve: straps
      ? { length: 0, halfWidth: 0, angleDeg: 0 }
      : { length: random.between(7, 11), halfWidth: random.between(9, 11), angleDeg: random.between(35, 60) },
  };
  const fabric = cloth(random, ['plain', 'florals', 'dots', 'florals', 'hoops']);
  const sash = css(lighter(fabric.colour, fabric.colour.lightness > 50 ? -30 : 30));
  const waistY = waistline(cut);
  const tie = random.chance(0.7) ? waistBow(cut.waist, waistY, sash) : '';
  const ruffle = random.chance(0.5) ? line(hemWave(cut), sash, 1.4) : gathers(cut, waistY);
  return garment(cut, fabric, tie + ruffle + line(neckEdge(cut), sash, 1));
}

function waistBow(half: number, y: number, colour: string): string {
  const band = path(
    d`M${-half} ${y - 1.5}Q0 ${y + 1} ${half} ${y - 1.5}V${y + 1.5}Q0 ${y + 4} ${-half} ${y + 1.5}Z`,
    { fill: colour },
  );
  const bow = bothSides(
    path(d`M0 ${y + 1}L-6 ${y - 2.5}V${y + 4.5}ZM0 ${y + 1}L-4 ${y + 12}L-1.5 ${y + 12}Z`, { fill: colour }),
  );
  return band + bow;
}

function hemWave({ hem, length }: Cut): string {
  const half = hem * 0.94;
  const wave = Array.from({ length: 8 }, (_, at) => d`q${half / 8} ${at % 2 === 0 ? 3 : -1} ${half / 4} 0`);
  return d`M${-half} ${length - 4}` + wave.join('');
}

function gathers({ waist, hem, length }: Cut, waistY: number): string {
  return [-0.7, -0.35, 0, 0.35, 0.7]
    .map((share) =>
      line(d`M${waist * share} ${waistY + 3}L${hem * share} ${length}`, 'rgba(0,0,0,0.22)', 0.6),
    )
    .join('');
}
