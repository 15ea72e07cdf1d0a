import { sharp } from '../libvips.js';
import { heifProperties } from './heif.js';

/** ISO/IEC 23091-2: the primaries of Display P3. */
const DISPLAY_P3 = 12;

/** @returns the colour profile (ICC) that the container holds or names; undefined if it is sRGB or none */
export async function readHeifProfile(file: Buffer): Promise<Buffer | undefined> {
  const colours = heifProperties(file).filter(({ kind }) => kind === 'colr');
  const types = colours.map(({ from }) => file.toString('latin1', from, from + 4));
  for (const [index, { from, to }] of colours.entries()) {
    const isProfile = types[index] === 'prof' || types[index] === 'rICC';
    // Other pictures of the container, for example grey ones, have their own profiles.
    if (isProfile && file.toString('latin1', from + 20, from + 24) === 'RGB ')
      return file.subarray(from + 4, to);
  }
  const named = colours.find((_, index) => types[index] === 'nclx');
  if (named === undefined || named.to < named.from + 6 || file.readUInt16BE(named.from + 4) !== DISPLAY_P3)
    return undefined;
  return displayP3();
}

/** As sharp has it. */
async function displayP3(): Promise<Buffer | undefined> {
  const dot = sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } });
  return (await sharp(await dot.withIccProfile('p3').png().toBuffer()).metadata()).icc;
}
