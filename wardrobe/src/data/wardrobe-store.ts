/** What the wardrobe keeps of a person: notes on items, the profile, outfits with their verdicts, and events. */
import { createHash } from 'node:crypto';
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import type { Transaction } from 'kysely';
import type { CalendarEvent } from '../calendar/event.js';
import type { Formality, Season } from '../engine/garment.js';
import type { OccasionName } from '../engine/occasion.js';
import type { Outfit } from '../engine/outfits.js';
import type { Reason } from '../engine/suitability.js';
import { NO_PROFILE, type Profile } from '../profile.js';
import type { Person, WardrobeDatabase } from './database.js';
import { type EventSource, type ItemReference, TABLES, type Tables } from './schema.js';

export interface ItemNote {
  readonly imageId: string;
  readonly formality: Formality | null;
  readonly seasons: readonly Season[] | null;
  readonly isDirty: boolean;
}

/** What is undefined stays as it is. */
export interface NoteChange {
  readonly formality?: Formality | null | undefined;
  readonly seasons?: readonly Season[] | null | undefined;
  readonly isDirty?: boolean | undefined;
}

export interface KeptOutfit {
  readonly id: string;
  readonly day: Day;
  readonly occasion: OccasionName;
  readonly items: readonly ItemReference[];
  readonly score: number;
  readonly reasons: readonly Reason[];
  readonly verdict: 'liked' | 'disliked' | null;
  readonly isWorn: boolean;
}

export type OutfitChange = Partial<Pick<KeptOutfit, 'verdict' | 'isWorn'>>;

/** Everything that the engine needs beside the items. */
export interface History {
  readonly profile: Profile;
  readonly notes: readonly ItemNote[];
  /** Outfits that are worn, liked or disliked. */
  readonly judged: readonly KeptOutfit[];
}

/** What is known of a person's Google Calendar. */
export interface CalendarLink {
  readonly sealedToken: string;
  readonly syncToken: string | undefined;
  /** The first day of the events that were read. */
  readonly readFrom: Day | undefined;
  /** Epoch milliseconds; 0 if never. */
  readonly readAt: number;
  /** When Google was asked last, with or without an answer. */
  readonly askedAt: number;
}

export interface EventChanges {
  /** Whether `events` replace all that Google Calendar had. */
  readonly isAll: boolean;
  /** Ids of events of which only `events` are kept. */
  readonly changed: readonly string[];
  readonly events: readonly CalendarEvent[];
}

const JUDGED_MOST = 2_000;

export class WardrobeStore {
  readonly #database: WardrobeDatabase;

  constructor(database: WardrobeDatabase) {
    this.#database = database;
  }

  async history(person: Person): Promise<History> {
    return this.#database.asPerson(person, async (rows) => {
      const profile = await rows.selectFrom('profiles').select('profile').executeTakeFirst();
      const notes = await rows.selectFrom('item_notes').selectAll().execute();
      const judged = await rows
        .selectFrom('outfits')
        .selectAll()
        .where((each) => each.or([each('is_worn', '=', true), each('verdict', 'is not', null)]))
        .orderBy('day', 'desc')
        .limit(JUDGED_MOST)
        .execute();
      return {
        profile: profile?.profile ?? NO_PROFILE,
        notes: notes.map(({ image_id, formality, seasons, is_dirty }) => {
          return { imageId: image_id, formality, seasons, isDirty: is_dirty };
        }),
        judged: judged.map(keptOutfit),
      };
    });
  }

  async keepProfile(person: Person, profile: Profile): Promise<void> {
    const text = JSON.stringify(profile);
    await this.#database.asPerson(person, (rows) =>
      rows
        .insertInto('profiles')
        .values({ ...person, profile: text })
        .onConflict((row) => row.columns(['tenant', 'uid']).doUpdateSet({ profile: text }))
        .execute(),
    );
  }

  async keepNote(
    person: Person,
    imageId: string,
    { formality, seasons, isDirty }: NoteChange,
  ): Promise<void> {
    const change = {
      ...(formality !== undefined && { formality }),
      ...(seasons !== undefined && { seasons: seasons && JSON.stringify(seasons) }),
      ...(isDirty !== undefined && { is_dirty: isDirty }),
    };
    const added = {
      ...person,
      image_id: imageId,
      formality: null,
      seasons: null,
      is_dirty: false,
      ...change,
    };
    await this.#database.asPerson(person, (rows) =>
      rows
        .insertInto('item_notes')
        .values(added)
        .onConflict((row) =>
          row.columns(['tenant', 'uid', 'image_id']).doUpdateSet({ image_id: imageId, ...change }),
        )
        .execute(),
    );
  }

  /** Keeps offered outfits, so that they can be worn and judged. An outfit that was offered before keeps its id and its verdict. */
  async keepOutfits(
    person: Person,
    { day, occasion }: Pick<KeptOutfit, 'day' | 'occasion'>,
    outfits: readonly Outfit[],
  ): Promise<readonly KeptOutfit[]> {
    if (outfits.length === 0) return [];
    const values = outfits.map(({ items, score, reasons }) => {
      const references = items.map(({ id, category }): ItemReference => ({ id, category }));
      return {
        ...{ ...person, id: outfitId(day, occasion, references), day, occasion, score, verdict: null },
        items: JSON.stringify(references),
        reasons: JSON.stringify(reasons),
      };
    });
    const kept = await this.#database.asPerson(person, (rows) =>
      rows
        .insertInto('outfits')
        .values(values)
        .onConflict((row) =>
          row.columns(['tenant', 'uid', 'id']).doUpdateSet((excluded) => ({
            score: excluded.ref('excluded.score'),
            reasons: excluded.ref('excluded.reasons'),
          })),
        )
        .returningAll()
        .execute(),
    );
    const byId = new Map(kept.map((row) => [row.id, keptOutfit(row)]));
    return values.flatMap(({ id }) => byId.get(id) ?? []);
  }

  /** @returns undefined if the person has no such outfit */
  async changeOutfit(person: Person, id: string, change: OutfitChange): Promise<KeptOutfit | undefined> {
    const values = {
      ...(change.verdict !== undefined && { verdict: change.verdict }),
      ...(change.isWorn !== undefined && { is_worn: change.isWorn }),
    };
    const changed = await this.#database.asPerson(person, (rows) =>
      rows.updateTable('outfits').set(values).where('id', '=', id).returningAll().executeTakeFirst(),
    );
    return changed && keptOutfit(changed);
  }

  /** Replaces all events of this source. */
  async keepEvents(
    person: Person,
    events: readonly CalendarEvent[],
    source: EventSource = 'file',
  ): Promise<void> {
    await this.#database.asPerson(person, async (rows) => {
      await rows.deleteFrom('events').where('source', '=', source).execute();
      await insertEvents(rows, person, { events, source });
    });
  }

  /** Undefined if the person has connected no Google Calendar. */
  async calendarLink(person: Person): Promise<CalendarLink | undefined> {
    const row = await this.#database.asPerson(person, (rows) =>
      rows.selectFrom('calendar_links').selectAll().executeTakeFirst(),
    );
    return (
      row && {
        sealedToken: row.refresh_token,
        syncToken: row.sync_token ?? undefined,
        readFrom: row.read_from ?? undefined,
        readAt: Number(row.read_at),
        askedAt: Number(row.asked_at),
      }
    );
  }

  /** Nothing was read with it so far. It replaces a link that the person has. */
  async keepCalendarLink(person: Person, sealedToken: string): Promise<void> {
    const link = { refresh_token: sealedToken, sync_token: null, read_from: null, read_at: 0, asked_at: 0 };
    await this.#database.asPerson(person, (rows) =>
      rows
        .insertInto('calendar_links')
        .values({ ...person, ...link })
        .onConflict((row) => row.columns(['tenant', 'uid']).doUpdateSet(link))
        .execute(),
    );
  }

  /** @returns false if the link was removed, or somebody else has asked meanwhile */
  async claimReading(person: Person, { sealedToken, askedAt }: CalendarLink, now: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database.asPerson(person, (rows) =>
      rows
        .updateTable('calendar_links')
        .set({ asked_at: now })
        .where('refresh_token', '=', sealedToken)
        .where('asked_at', '=', String(askedAt))
        .executeTakeFirstOrThrow(),
    );
    return numUpdatedRows > 0n;
  }

  /** Takes over what was read, unless the link was removed or replaced meanwhile. */
  async keepChanges(
    person: Person,
    { sealedToken, syncToken, readFrom, readAt }: Omit<CalendarLink, 'askedAt'>,
    { isAll, changed, events }: EventChanges,
  ): Promise<void> {
    await this.#database.asPerson(person, async (rows) => {
      const { numUpdatedRows } = await rows
        .updateTable('calendar_links')
        .set({ sync_token: syncToken ?? null, read_from: readFrom ?? null, read_at: readAt })
        .where('refresh_token', '=', sealedToken)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return;
      const old = rows.deleteFrom('events').where('source', '=', 'google');
      if (isAll) await old.execute();
      else if (changed.length > 0) await old.where('id', 'in', changed).execute();
      await insertEvents(rows, person, { events, source: 'google' });
    });
  }

  /** Removes the link and the events that were read with it. */
  async removeCalendarLink(person: Person): Promise<void> {
    await this.#database.asPerson(person, async (rows) => {
      await rows.deleteFrom('calendar_links').execute();
      await rows.deleteFrom('events').where('source', '=', 'google').execute();
    });
  }

  /** The events of the days, in the order of their times, and the occasions that the person chose for titles. */
  async calendar(person: Person, from: Day, to: Day) {
    return this.#database.asPerson(person, async (rows) => {
      const events = await rows
        .selectFrom('events')
        .selectAll()
        .where('day', '>=', from)
        .where('day', '<=', to)
        .orderBy('day')
        .orderBy('starts_at', (order) => order.asc().nullsFirst())
        .orderBy('id')
        .execute();
      const corrections = await rows.selectFrom('corrections').select(['title', 'occasion']).execute();
      return {
        events: events.map(
          ({ id, day, starts_at, title }): CalendarEvent => ({ id, day, startsAt: starts_at, title }),
        ),
        corrections: new Map(corrections.map(({ title, occasion }) => [title, occasion])),
      };
    });
  }

  async keepCorrection(person: Person, title: string, occasion: OccasionName): Promise<void> {
    await this.#database.asPerson(person, (rows) =>
      rows
        .insertInto('corrections')
        .values({ ...person, title, occasion })
        .onConflict((row) => row.columns(['tenant', 'uid', 'title']).doUpdateSet({ occasion }))
        .execute(),
    );
  }

  /** @returns the number of rows of the person */
  async count(person: Person): Promise<number> {
    return this.#inEachTable(person, async (rows, table) => {
      const { count } = await rows
        .selectFrom(table)
        .select((each) => each.fn.countAll<string>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(count);
    });
  }

  /** Removes everything of the person. @returns the number of rows */
  async erase(person: Person): Promise<number> {
    return this.#inEachTable(person, async (rows, table) => {
      const { numDeletedRows } = await rows.deleteFrom(table).executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    });
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  #inEachTable(
    person: Person,
    work: (rows: Transaction<Tables>, table: (typeof TABLES)[number]) => Promise<number>,
  ): Promise<number> {
    return this.#database.asPerson(person, async (rows) => {
      let sum = 0;
      for (const table of TABLES) sum += await work(rows, table);
      return sum;
    });
  }
}

interface SourcedEvents {
  readonly events: readonly CalendarEvent[];
  readonly source: EventSource;
}

async function insertEvents(
  rows: Transaction<Tables>,
  person: Person,
  { events, source }: SourcedEvents,
): Promise<void> {
  const values = events.map(({ id, day, startsAt, title }) => {
    return { ...person, id, day, starts_at: startsAt, title, source };
  });
  for (let at = 0; at < values.length; at += 1_000) {
    await rows
      .insertInto('events')
      .values(values.slice(at, at + 1_000))
      // An event can be in a file and in Google Calendar.
      .onConflict((row) => row.columns(['tenant', 'uid', 'id', 'day']).doNothing())
      .execute();
  }
}

function outfitId(day: Day, occasion: OccasionName, items: readonly ItemReference[]): string {
  const text = [day, occasion, ...items.map(({ id }) => id)].join(' ');
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

interface OutfitRow extends Omit<KeptOutfit, 'isWorn'> {
  readonly is_worn: boolean;
}

function keptOutfit({ id, day, occasion, items, score, reasons, verdict, is_worn }: OutfitRow): KeptOutfit {
  return { id, day, occasion, items, score, reasons, verdict, isWorn: is_worn };
}
