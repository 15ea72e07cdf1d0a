/** The wardrobe of one person: the images that they own, with what the database keeps of them. */
import type { ImageId, TenantId } from '@hangtag/shared/domain/identity.js';
import { isMatch } from '@hangtag/shared/domain/image-filter.js';
import { categoryOf } from '@hangtag/shared/domain/report/day-row.js';
import { civilTime, type Day } from '@hangtag/shared/domain/report/day-window.js';
import type { TimeZone } from '@hangtag/shared/domain/time-zone.js';
import type { CatalogImage } from '@hangtag/shared/ports/image-catalog.js';
import type { Person } from '@hangtag/wardrobe/data/database.js';
import type { NoteChange, WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import { kindOf } from '@hangtag/wardrobe/engine/garment.js';
import type { OccasionName } from '@hangtag/wardrobe/engine/occasion.js';
import type { Outfit, OutfitAnswer } from '@hangtag/wardrobe/engine/outfits.js';
import {
  type OutfitsWanted,
  type OwnImage,
  type OwnItem,
  occasionOfDay,
  occasionOfEvent,
  outfitsFor,
  type Wardrobe,
  wardrobeOf,
} from '@hangtag/wardrobe/wardrobe.js';
import type { Subject } from '../api/identity.js';
import { Refusal } from '../api/refusal.js';
import type { App } from '../app/app.js';
import type { GoogleLink } from './google-link.js';

/** The newest images of a person. Each is one read of the database. */
const MOST_ITEMS = 10_000;
const PAGE = 300;
const NO_EVENTS = { events: [], corrections: new Map(), outdated: undefined } as const;

interface Caller {
  readonly tenant: TenantId;
  readonly subject: Subject;
}

/** @throws {Refusal} the tenant has no wardrobe, the caller is not a person, or the installation has no database */
export async function openWardrobe(app: App, { tenant, subject }: Caller): Promise<OpenWardrobe> {
  const { features, timeZone } = (await app.tenants()).of(tenant);
  if (!features.includes('wardrobe'))
    throw new Refusal('not-found', 'Expected a tenant with the feature wardrobe');
  if (subject.kind !== 'user') throw new Refusal('forbidden', 'Expected the ID token of a person');
  const store = await app.wardrobe();
  if (store === undefined)
    throw new Refusal('unavailable', 'Expected HANGTAG_DATABASE_URL or HANGTAG_CLOUD_SQL_INSTANCE to be set');
  return new OpenWardrobe(app, { person: { tenant, uid: subject.id }, store, timeZone, tenant });
}

interface Setting {
  readonly tenant: TenantId;
  readonly person: Person;
  readonly store: WardrobeStore;
  readonly timeZone: TimeZone;
}

export class OpenWardrobe {
  readonly person: Person;
  readonly store: WardrobeStore;
  readonly today: Day;
  readonly #app: App;
  readonly #setting: Setting;

  constructor(app: App, setting: Setting) {
    this.#app = app;
    this.#setting = setting;
    this.person = setting.person;
    this.store = setting.store;
    this.today = civilTime(app.clock.now(), setting.timeZone).day;
  }

  async read(): Promise<Wardrobe> {
    const [images, history] = await Promise.all([this.#images(), this.store.history(this.person)]);
    return wardrobeOf(images, history);
  }

  /** @returns undefined, and keeps nothing, if the image is not an item of this person: some categories are no clothes */
  async describe(imageId: ImageId, note: NoteChange): Promise<OwnItem | undefined> {
    const { records } = await this.#app.images();
    const found = await records.get({ tenant: this.#setting.tenant, imageId });
    if (found === undefined || found.record.owner !== this.person.uid) return undefined;
    const images = this.#itemsOf({ imageId, record: found.record });
    if (images.every(({ category }) => kindOf(category) === undefined)) return undefined;
    await this.store.keepNote(this.person, imageId, note);
    const [item] = wardrobeOf(images, await this.store.history(this.person)).items;
    return item;
  }

  /** Without an occasion, the events of the day decide. */
  async offer({
    occasion,
    ...wanted
  }: Omit<OutfitsWanted, 'occasion'> & { readonly occasion?: OccasionName | undefined }) {
    const { day } = wanted;
    const [wardrobe, calendar] = await Promise.all([
      this.read(),
      occasion === undefined ? this.#calendar(day, day) : NO_EVENTS,
    ]);
    const chosen = occasion ?? occasionOfDay(calendar.events, calendar.corrections);
    const need = { ...wanted, occasion: chosen };
    const { outfits, lacks } = outfitsFor(wardrobe, need);
    const kept = await this.#kept(need, { outfits: await this.#ranked(outfits, need), lacks });
    return { ...kept, outdatedCalendar: calendar.outdated };
  }

  /** One outfit for each day: the one that the person wears, or else the best. It counts as worn for the days after. */
  async plan(days: readonly Day[]) {
    const [first = this.today, last = first] = [days[0], days.at(-1)];
    const [wardrobe, { events, corrections, outdated }] = await Promise.all([
      this.read(),
      this.#calendar(first, last),
    ]);
    let { items } = wardrobe;
    const planned = [];
    for (const day of days) {
      const ofDay = events.filter((event) => event.day === day);
      const wanted = { day, occasion: occasionOfDay(ofDay, corrections), count: 1 };
      const worn = wardrobe.history.judged.find((outfit) => outfit.isWorn && outfit.day === day);
      const offered = worn
        ? { occasion: worn.occasion, outfits: [worn], lacks: [] }
        : await this.#kept(wanted, outfitsFor({ ...wardrobe, items }, wanted));
      const used = new Set(offered.outfits.flatMap((outfit) => outfit.items.map(({ id }) => id)));
      items = items.map((item) => (used.has(item.id) ? { ...item, worn: [...item.worn, day] } : item));
      const shown = ofDay.map((event) => ({ ...event, occasion: occasionOfEvent(event, corrections) }));
      planned.push({ day, events: shown, ...offered });
    }
    return { days: planned, outdatedCalendar: outdated };
  }

  /** @throws {Refusal} the installation has no client of Google */
  async google(): Promise<GoogleLink> {
    const link = await this.#google();
    if (link === undefined) throw new Refusal('unavailable', 'Expected HANGTAG_GOOGLE_CLIENT_ID to be set');
    return link;
  }

  /** Whether the installation can read Google calendars, and whether it may read that of this person. */
  async calendarState() {
    const isOffered = (await this.#app.googleAccess()) !== undefined;
    return { isOffered, isConnected: (await this.store.calendarLink(this.person)) !== undefined };
  }

  async #google(): Promise<GoogleLink | undefined> {
    const access = await this.#app.googleAccess();
    if (access === undefined) return undefined;
    const [{ GoogleLink }, { clock, log }] = [await import('./google-link.js'), this.#app];
    const { person, store, timeZone } = this.#setting;
    return new GoogleLink({ ...access, person, store, clock, log, timeZone, today: this.today });
  }

  /** With the changes of a connected Google Calendar. If Google does not answer, the events that were read before stand. */
  async #calendar(from: Day, to: Day) {
    const outdated = await (await this.#google())?.refresh();
    return { ...(await this.store.calendar(this.person, from, to)), outdated };
  }

  async readCalendar(source: { readonly ics: string } | { readonly address: string }) {
    const [{ readCalendar }, { fetchCalendar }] = await Promise.all([
      import('@hangtag/wardrobe/calendar/read-calendar.js'),
      import('@hangtag/wardrobe/calendar/fetch-calendar.js'),
    ]);
    const text = 'ics' in source ? source.ics : await fetchCalendar(source.address);
    const { timeZone } = this.#setting;
    const { events, leftOut } = await readCalendar(text, { today: this.today, timeZone });
    await this.store.keepEvents(this.person, events);
    return { events: events.length, leftOut };
  }

  /** By a language model, where the installation has one. */
  async #ranked(outfits: readonly Outfit[], { day, occasion, weather }: OutfitsWanted) {
    const ports = await this.#app.outfitRanking();
    if (ports === undefined) return outfits;
    const { rankOutfits } = await import('./rank-outfits.js');
    const { tenant } = this.#setting;
    return rankOutfits(outfits, { tenant, today: this.today, day, occasion, weather }, ports);
  }

  async #kept(wanted: OutfitsWanted, { outfits, lacks }: OutfitAnswer) {
    const kept = await this.store.keepOutfits(this.person, wanted, outfits);
    return { occasion: wanted.occasion, outfits: kept, lacks };
  }

  async #images(): Promise<readonly OwnImage[]> {
    const { catalog } = await this.#app.images();
    const { tenant, person } = this.#setting;
    const filter = { owner: person.uid };
    const images: OwnImage[] = [];
    for await (const image of catalog.newest({ tenant, filter, pageSize: PAGE })) {
      images.push(...this.#itemsOf(image));
      if (images.length === MOST_ITEMS) break;
    }
    return images;
  }

  /** @returns the image, or none if it was deleted or has no category yet */
  #itemsOf({ imageId, record }: CatalogImage): readonly OwnImage[] {
    const category = categoryOf(record);
    if (category === null || !isMatch(record, { owner: this.person.uid })) return [];
    const { name, generation, palette } = record;
    const colours = (palette ?? []).map(({ lightness: l, chroma: c, hue: h, share }) => ({ l, c, h, share }));
    return [{ id: imageId, name, generation, category, colours }];
  }
}
