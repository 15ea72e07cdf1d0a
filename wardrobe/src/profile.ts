/** What a person chose to say about themselves. Nothing of it is read off a picture. */
import { z } from 'zod';
import { COLOUR_NAMES } from './engine/colour.js';
import { CLIMATES } from './engine/occasion.js';

const MOST = 50;
const Words = z.array(z.string().min(1).max(50)).max(MOST);
const Colours = z.array(z.enum(COLOUR_NAMES)).max(MOST);

export const ProfileFields = {
  sizes: z
    .record(z.string().max(50), z.string().max(20))
    .refine((sizes) => Object.keys(sizes).length <= MOST, `Expected at most ${MOST} sizes`)
    .meta({ maxProperties: MOST }),
  style: Words,
  liked: Colours,
  avoided: Colours,
  climate: z.enum(CLIMATES),
};

export type Profile = z.infer<z.ZodObject<typeof ProfileFields>>;

export const NO_PROFILE: Profile = { sizes: {}, style: [], liked: [], avoided: [], climate: 'north' };
