/** The occasions, in one table: how formal each is, and by which words an event of a calendar is recognised. */
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import type { ColourName } from './colour.js';
import type { Formality, Season } from './garment.js';

interface OccasionEntry {
  readonly formality: Formality;
  readonly text: string;
  /** English, German and Indonesian, in lower case. A long word is also the beginning of others: `konferenz`. */
  readonly words: readonly string[];
}

/** The first occasion with a word of the event is taken, so that "wedding dinner" is a wedding. */
const OCCASIONS = {
  ceremony: {
    formality: 5,
    text: 'a ceremony',
    words:
      'wedding gala graduation funeral hochzeit trauung taufe beerdigung abschlussfeier nikah pernikahan resepsi wisuda'.split(
        ' ',
      ),
  },
  interview: {
    formality: 4,
    text: 'an interview',
    words: 'interview bewerbungsgespräch vorstellungsgespräch wawancara'.split(' '),
  },
  sport: {
    formality: 1,
    text: 'sport',
    words:
      'gym yoga run running football training workout tennis hike sport fitness laufen wandern fußball schwimm olahraga lari senam futsal'.split(
        ' ',
      ),
  },
  meeting: {
    formality: 4,
    text: 'a meeting',
    words:
      'meeting presentation conference client board pitch besprechung präsentation konferenz kunde termin rapat presentasi konferensi'.split(
        ' ',
      ),
  },
  party: {
    formality: 3,
    text: 'a party',
    words:
      'party birthday dinner concert theatre date feier geburtstag abendessen konzert theater pesta makan ulang'.split(
        ' ',
      ),
  },
  work: {
    formality: 3,
    text: 'work',
    words: 'work office standup shift school arbeit büro schicht schule kerja kantor sekolah kuliah'.split(
      ' ',
    ),
  },
  casual: { formality: 2, text: 'a day without plans', words: [] },
} as const satisfies Record<string, OccasionEntry>;

export type OccasionName = keyof typeof OCCASIONS;
export const OCCASION_NAMES = Object.keys(OCCASIONS) as readonly OccasionName[];

export interface Weather {
  readonly temperatureC: number;
  readonly isRaining: boolean;
}

export const CLIMATES = ['north', 'south', 'tropical'] as const;
export type Climate = (typeof CLIMATES)[number];

const SHORTEST_BEGINNING = 5;

/** What outfits are asked for. */
export interface Need {
  readonly day: Day;
  readonly occasion: OccasionName;
  readonly weather?: Weather | undefined;
  readonly climate: Climate;
  readonly liked: readonly ColourName[];
  readonly avoided: readonly ColourName[];
}

export function formalityOf(occasion: OccasionName): Formality {
  return OCCASIONS[occasion].formality;
}

export function textOf(occasion: OccasionName): string {
  return OCCASIONS[occasion].text;
}

/** @param title of an event */
export function occasionOf(title: string): OccasionName {
  const words = title.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
  const isOneOf = (known: string) =>
    words.some((word) => (known.length < SHORTEST_BEGINNING ? word === known : word.startsWith(known)));
  const isNamed = (name: OccasionName) => OCCASIONS[name].words.some(isOneOf);
  return OCCASION_NAMES.find(isNamed) ?? 'casual';
}

/** From January: the meteorological seasons of the northern half. */
const SEASON_OF_MONTH =
  'winter winter spring spring spring summer summer summer autumn autumn autumn winter'.split(
    ' ',
  ) as Season[];
/** From `summer` on a day is a summer's day, below `winter` a winter's. */
const DEGREES_C = { summer: 22, winter: 12 } as const;

/** The seasons whose clothes suit the day. The weather goes before the month. */
export function seasonsOf({
  day,
  weather,
  climate,
}: Pick<Need, 'day' | 'weather' | 'climate'>): readonly Season[] {
  if (weather !== undefined) {
    if (weather.temperatureC >= DEGREES_C.summer) return ['summer'];
    return weather.temperatureC < DEGREES_C.winter ? ['winter'] : ['spring', 'autumn'];
  }
  if (climate === 'tropical') return ['summer'];
  const month = Number(day.slice(5, 7)) - 1;
  return [SEASON_OF_MONTH[(month + (climate === 'south' ? 6 : 0)) % 12] ?? 'spring'];
}
