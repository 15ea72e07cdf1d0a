/** What a person chose to say about themselves. Nothing of it is read off a picture. */
import { z } from 'zod';
import { COLOUR_NAMES } from './engine/colour.js';
import { CLIMATES } from './engine/occasion.js';

const Words = z.array(z.string().min(1).max(50)).max(50);

export const ProfileFields = {
  sizes: z.record(z.string().max(50), z.string().max(20)),
  style: Words,
  liked: z.array(z.enum(COLOUR_NAMES)),
  avoided: z.array(z.enum(COLOUR_NAMES)),
  climate: z.enum(CLIMATES),
};

export type Profile = z.infer<z.ZodObject<typeof ProfileFields>>;

export const NO_PROFILE: Profile = { sizes: {}, style: [], liked: [], avoided: [], climate: 'north' };
