/**
 * The wardrobe of the person who asks. Only a person has one: the uid is that of the ID token, and no route takes one from the
 * caller. For a tenant without the feature `wardrobe`, these routes do not exist.
 */
import type { ImageId } from '@hangtag/shared/domain/identity.js';
import { addDays, type Day, parseDay } from '@hangtag/shared/domain/report/day-window.js';
import { FORMALITIES, SEASONS } from '@hangtag/wardrobe/engine/garment.js';
import { OCCASION_NAMES } from '@hangtag/wardrobe/engine/occasion.js';
import { daysBetween } from '@hangtag/wardrobe/engine/suitability.js';
import { ProfileFields } from '@hangtag/wardrobe/profile.js';
import { titleKey } from '@hangtag/wardrobe/wardrobe.js';
import { z } from '@hono/zod-openapi';
import type { OutdatedCalendar as OutdatedEvents } from '../../wardrobe/google-link.js';
import { openWardrobe } from '../../wardrobe/open-wardrobe.js';
import type { ApiEnv, Mount } from '../api-env.js';
import { callersWith } from '../identity.js';
import { Refusal } from '../refusal.js';
import { defineRoute, json, jsonBody } from '../route.js';

/** One page of the plan: a week and the day before it. */
const MOST_DAYS = 14;
const MOST_OUTFITS = 10;
const MOST_CALENDAR_CHARACTERS = 5_000_000;

function list<S extends z.ZodType>(schema: S) {
  return z.array(schema).readonly();
}

const TAGS = ['Wardrobe'];
const Occasion = z.enum(OCCASION_NAMES).openapi('Occasion');
const DayText = z.iso.date().openapi({ example: '2026-11-30' });
/** The description of OpenAPI would have the first number only. */
const Formality = z.literal([...FORMALITIES]).openapi({
  type: 'integer',
  enum: [...FORMALITIES],
  description: '1 sport, 2 casual, 3 smart casual, 4 business, 5 festive',
});
const Reference = z.object({ id: z.string(), category: z.string() });
const Seasons = list(z.enum(SEASONS)).openapi({ description: 'Empty: every season' });
const Colour = z
  .object({ l: z.number(), c: z.number(), h: z.number(), share: z.number() })
  .openapi('ItemColour');
const Profile = z.object(ProfileFields).openapi('WardrobeProfile');

const Item = z
  .object({
    id: z.string().openapi({ description: 'Id of the image' }),
    name: z.string().openapi({ description: 'Of the object' }),
    generation: z.string(),
    category: z.string(),
    colours: list(Colour).openapi({ description: 'In OKLCH' }),
    formality: Formality,
    seasons: Seasons,
    isDirty: z.boolean(),
    isLiked: z.boolean().optional(),
    worn: list(DayText),
  })
  .openapi('WardrobeItem');

const Outfit = z
  .object({
    id: z.string(),
    day: DayText,
    occasion: Occasion,
    items: list(Reference),
    score: z.int(),
    reasons: list(
      z.object({
        kind: z.string(),
        weight: z.int(),
        text: z.string(),
        rule: z.string().optional(),
        values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
        about: list(list(z.string())).optional(),
      }),
    ).openapi({
      description:
        'Their weights add up to the score. For other languages than English: the rule of this kind, the values of its sentence, and the categories of each item or pair',
    }),
    verdict: z.enum(['liked', 'disliked']).nullable(),
    isWorn: z.boolean(),
  })
  .openapi('Outfit');

const Lacks = list(
  z.object({
    kind: z.enum(['top', 'bottom', 'shoes', 'combination']),
    text: z.string(),
    values: z.record(z.string(), z.int()),
  }),
).openapi({
  description:
    'What is missing, if there are fewer outfits than were asked for. For other languages than English: the combinations that were found, or the garments that may not be worn, by the reason',
});

const OutdatedCalendar = z.object({ readAt: z.iso.datetime().nullable() }).openapi('OutdatedCalendar', {
  description:
    'Google Calendar did not answer yet: its events are those that were read at this time; null: none were read',
});

const OffersOfDay = { occasion: Occasion, outfits: list(Outfit), lacks: Lacks };
const Offer = z
  .object({ ...OffersOfDay, outdatedCalendar: OutdatedCalendar.optional() })
  .openapi('OutfitOffer');

const Event = z
  .object({
    id: z.string(),
    day: DayText,
    startsAt: z.string().nullable(),
    title: z.string(),
    occasion: Occasion,
  })
  .openapi('WardrobeEvent');

const GoogleCalendarState = z
  .object({ isOffered: z.boolean(), isConnected: z.boolean() })
  .openapi('GoogleCalendarState', {
    description: 'Whether the installation can read Google calendars, and whether the person agreed',
  });

const Wardrobe = z
  .object({
    items: list(Item),
    profile: Profile,
    others: list(Reference),
    googleCalendar: GoogleCalendarState,
  })
  .openapi('Wardrobe');

const Plan = z
  .object({
    days: list(z.object({ day: DayText, events: list(Event), ...OffersOfDay })),
    outdatedCalendar: OutdatedCalendar.optional(),
  })
  .openapi('OutfitPlan');

const read = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/wardrobe',
  tags: TAGS,
  operationId: 'getWardrobe',
  summary: "The person's items and profile",
  responses: {
    200: json('The wardrobe', Wardrobe),
  },
});

const putItem = defineRoute(callersWith('upload'), {
  method: 'put',
  path: '/v1/wardrobe/items/{id}',
  tags: TAGS,
  operationId: 'describeItem',
  summary: 'Say what the category does not: formality, seasons, laundry',
  description: 'What is absent stays as it is; null takes what the category says.',
  request: {
    params: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
    body: jsonBody(
      z
        .object({ formality: Formality.nullable(), seasons: Seasons.nullable(), isDirty: z.boolean() })
        .partial(),
    ),
  },
  responses: { 200: json('The item', Item) },
});

const putProfile = defineRoute(callersWith('upload'), {
  method: 'put',
  path: '/v1/wardrobe/profile',
  tags: TAGS,
  operationId: 'putProfile',
  summary: 'Sizes, style, and colours that the person likes and avoids',
  request: { body: jsonBody(Profile) },
  responses: { 200: json('The profile', Profile) },
});

const offer = defineRoute(callersWith('read'), {
  method: 'post',
  path: '/v1/outfits',
  tags: TAGS,
  operationId: 'offerOutfits',
  summary: 'Outfits for a day or an occasion, the best first',
  description:
    "Without an occasion, the events of the day decide; without a day, it is today in the tenant's time zone.",
  request: {
    body: jsonBody(
      z.object({
        day: DayText.optional(),
        occasion: Occasion.optional(),
        weather: z
          .object({ temperatureC: z.number().min(-90).max(60), isRaining: z.boolean().default(false) })
          .optional(),
        count: z.int().min(1).max(MOST_OUTFITS).default(3),
      }),
    ),
  },
  responses: { 200: json('The outfits', Offer) },
});

const judge = defineRoute(callersWith('read'), {
  method: 'post',
  path: '/v1/outfits/{id}/{action}',
  tags: TAGS,
  operationId: 'judgeOutfit',
  summary: 'Like, wear or dislike an outfit; a disliked combination is not offered again',
  request: { params: z.object({ id: z.string().max(50), action: z.enum(['like', 'wear', 'dislike']) }) },
  responses: { 200: json('The outfit', Outfit) },
});

const plan = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/outfits',
  tags: TAGS,
  operationId: 'planOutfits',
  summary: 'An outfit for each of some days, beside the events of the calendar',
  description: `At most ${MOST_DAYS} days. The outfit of a day counts as worn for the days after it.`,
  request: { query: z.object({ from: DayText, to: DayText }) },
  responses: {
    200: json('The days', Plan),
  },
});

const putCalendar = defineRoute(callersWith('upload'), {
  method: 'put',
  path: '/v1/wardrobe/calendar',
  tags: TAGS,
  operationId: 'putCalendar',
  summary: 'Read a calendar (.ics), from its text or its address; it replaces the one before',
  request: {
    body: jsonBody(
      z.union([
        z.strictObject({ ics: z.string().max(MOST_CALENDAR_CHARACTERS) }),
        z.strictObject({ address: z.url({ protocol: /^(https?|webcal)$/ }).max(2_000) }),
      ]),
    ),
  },
  responses: {
    200: json(
      'What was read: the events of the next days',
      z
        .object({ events: z.int(), leftOut: list(z.object({ title: z.string(), why: z.string() })) })
        .openapi('ReadCalendar'),
    ),
  },
});

const GOOGLE = '/v1/wardrobe/calendar/google';

const askConsent = defineRoute(callersWith('upload'), {
  method: 'post',
  path: GOOGLE,
  tags: TAGS,
  operationId: 'askForGoogleCalendar',
  summary: 'Begin the consent to read the events of Google Calendar',
  description:
    'Google sends the person back to `redirectUri`, which its client has to have, with `code` and `state`. They are valid for ten minutes.',
  request: { body: jsonBody(z.object({ redirectUri: z.url({ protocol: /^https?$/ }).max(2_000) })) },
  responses: { 200: json('Where the person agrees', z.object({ url: z.url() })) },
});

const connect = defineRoute(callersWith('upload'), {
  method: 'put',
  path: GOOGLE,
  tags: TAGS,
  operationId: 'connectGoogleCalendar',
  summary: 'End the consent of this person, and read the calendar',
  request: { body: jsonBody(z.object({ code: z.string().max(2_000), state: z.string().max(4_000) })) },
  responses: { 200: json('The connection', GoogleCalendarState) },
});

const disconnect = defineRoute(callersWith('upload'), {
  method: 'delete',
  path: GOOGLE,
  tags: TAGS,
  operationId: 'disconnectGoogleCalendar',
  summary: 'Revoke the consent at Google, and forget the events',
  responses: { 204: { description: 'Nothing of Google Calendar is kept' } },
});

const putOccasion = defineRoute(callersWith('upload'), {
  method: 'put',
  path: '/v1/wardrobe/occasions',
  tags: TAGS,
  operationId: 'correctOccasion',
  summary: 'Say which occasion events with a title are; it is remembered',
  request: { body: jsonBody(z.object({ title: z.string().min(1).max(1_000), occasion: Occasion })) },
  responses: { 200: json('The correction', z.object({ title: z.string(), occasion: Occasion })) },
});

export const mountWardrobe: Mount = (api, { app }) => {
  const wardrobeOf = ({ tenant, subject }: ApiEnv['Variables']['identity']) =>
    openWardrobe(app, { tenant, subject });

  api.openapi(read, async (context) => {
    const wardrobe = await wardrobeOf(context.get('identity'));
    const { items, others, history } = await wardrobe.read();
    const shown = others.map(({ id, category }) => ({ id, category }));
    const googleCalendar = await wardrobe.calendarState();
    return context.json({ items, others: shown, profile: history.profile, googleCalendar }, 200);
  });

  api.openapi(putItem, async (context) => {
    const wardrobe = await wardrobeOf(context.get('identity'));
    const { id } = context.req.valid('param');
    const item = await wardrobe.describe(id as ImageId, context.req.valid('json'));
    if (item === undefined)
      throw new Refusal('not-found', `Expected an item of this wardrobe but received ${id}`);
    return context.json(item, 200);
  });

  api.openapi(putProfile, async (context) => {
    const wardrobe = await wardrobeOf(context.get('identity'));
    const profile = context.req.valid('json');
    await wardrobe.store.keepProfile(wardrobe.person, profile);
    return context.json(profile, 200);
  });

  api.openapi(offer, async (context) => {
    const wardrobe = await wardrobeOf(context.get('identity'));
    const { day, ...wanted } = context.req.valid('json');
    const chosen = day === undefined ? wardrobe.today : parseDay(day);
    const { outdatedCalendar, ...offered } = await wardrobe.offer({ ...wanted, day: chosen });
    return context.json({ ...offered, ...shown(outdatedCalendar) }, 200);
  });

  api.openapi(judge, async (context) => {
    const wardrobe = await wardrobeOf(context.get('identity'));
    const { id, action } = context.req.valid('param');
    const outfit = await wardrobe.store.changeOutfit(wardrobe.person, id, CHANGES[action]);
    if (outfit === undefined)
      throw new Refusal('not-found', `Expected an outfit that was offered but received ${id}`);
    return context.json(outfit, 200);
  });

  api.openapi(plan, async (context) => {
    const wardrobe = await wardrobeOf(context.get('identity'));
    const { from, to } = context.req.valid('query');
    const { days, outdatedCalendar } = await wardrobe.plan(daysFrom(parseDay(from), parseDay(to)));
    return context.json({ days, ...shown(outdatedCalendar) }, 200);
  });

  api.openapi(putCalendar, async (context) => {
    const wardrobe = await wardrobeOf(context.get('identity'));
    return context.json(await wardrobe.readCalendar(context.req.valid('json')), 200);
  });

  api.openapi(askConsent, async (context) => {
    const google = await (await wardrobeOf(context.get('identity'))).google();
    return context.json({ url: await google.consentUrl(context.req.valid('json').redirectUri) }, 200);
  });

  api.openapi(connect, async (context) => {
    const wardrobe = await wardrobeOf(context.get('identity'));
    await (await wardrobe.google()).connect(context.req.valid('json'));
    return context.json(await wardrobe.calendarState(), 200);
  });

  api.openapi(disconnect, async (context) => {
    const google = await (await wardrobeOf(context.get('identity'))).google();
    await google.disconnect();
    return context.body(null, 204);
  });

  api.openapi(putOccasion, async (context) => {
    const wardrobe = await wardrobeOf(context.get('identity'));
    const { title, occasion } = context.req.valid('json');
    await wardrobe.store.keepCorrection(wardrobe.person, titleKey(title), occasion);
    return context.json({ title: titleKey(title), occasion }, 200);
  });
};

const CHANGES = {
  like: { verdict: 'liked' },
  dislike: { verdict: 'disliked' },
  wear: { isWorn: true },
} as const;

function shown(outdated: OutdatedEvents | undefined) {
  if (outdated === undefined) return {};
  const { readAt } = outdated;
  return { outdatedCalendar: { readAt: readAt === 0 ? null : new Date(readAt).toISOString() } };
}

/** @throws {Refusal} */
function daysFrom(from: Day, to: Day): readonly Day[] {
  const count = daysBetween(from, to) + 1;
  if (count < 1 || count > MOST_DAYS) {
    throw new Refusal(
      'invalid-request',
      `Expected from and to with at most ${MOST_DAYS} days but received ${from} and ${to}`,
    );
  }
  return Array.from({ length: count }, (_, index) => addDays(from, index));
}
