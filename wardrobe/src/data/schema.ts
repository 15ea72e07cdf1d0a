/**
 * The tables of the wardrobe, and the migrations that make them. Every row belongs to one person of one tenant. The database
 * itself lets a transaction see the rows of its own person only: see `asPerson` in database.ts.
 */
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { type ColumnType, type Generated, type Kysely, type Migration, sql } from 'kysely';
import type { Formality, Season } from '../engine/garment.js';
import type { OccasionName } from '../engine/occasion.js';
import type { Reason } from '../engine/suitability.js';
import type { Profile } from '../profile.js';

interface Owned {
  readonly tenant: string;
  readonly uid: string;
}

/** Written as JSON text, read as a value. */
type Json<T> = ColumnType<T, string, string>;

export interface ItemReference {
  readonly id: string;
  readonly category: string;
}

export interface Tables {
  /** What a person says of an item. An absent row or a null column: what the category says. */
  readonly item_notes: Owned & {
    readonly image_id: string;
    readonly formality: Formality | null;
    readonly seasons: Json<readonly Season[]> | null;
    readonly is_dirty: boolean;
  };
  readonly profiles: Owned & { readonly profile: Json<Profile> };
  readonly outfits: Owned & {
    readonly id: string;
    readonly day: Day;
    readonly occasion: OccasionName;
    readonly items: Json<readonly ItemReference[]>;
    readonly score: number;
    readonly reasons: Json<readonly Reason[]>;
    readonly verdict: 'liked' | 'disliked' | null;
    readonly is_worn: Generated<boolean>;
  };
  readonly events: Owned & {
    readonly id: string;
    readonly day: Day;
    /** RFC 3339; null for a whole day. */
    readonly starts_at: string | null;
    readonly title: string;
    readonly source: EventSource;
  };
  /** The consent of a person to read their Google Calendar, and how far it was read. */
  readonly calendar_links: Owned & {
    /** Encrypted: see sealed-token.ts. */
    readonly refresh_token: string;
    readonly sync_token: string | null;
    /** The first day of the events that were read. */
    readonly read_from: Day | null;
    /** Epoch milliseconds; 0 if never. */
    readonly read_at: ColumnType<string, number, number>;
    /** When Google was asked last, with or without an answer. */
    readonly asked_at: ColumnType<string, number, number>;
  };
  /** The occasion that a person chose for events with a title. */
  readonly corrections: Owned & { readonly title: string; readonly occasion: OccasionName };
}

/** Where an event is from. */
export type EventSource = 'file' | 'google';

const FIRST_TABLES = ['item_notes', 'profiles', 'outfits', 'events', 'corrections'] as const;
export const TABLES = [...FIRST_TABLES, 'calendar_links'] as const;

/** The role of every transaction. It owns nothing, so no row-level policy is left out for it. */
export const ROLE = 'hangtag_wardrobe';

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '2026-11-30-tables': { up: createTables },
  '2026-12-01-google-calendar': { up: linkCalendars },
  '2026-12-02-asked-at': { up: addAskedAt },
};

function ownedTable(database: Kysely<unknown>, name: string) {
  return database.schema
    .createTable(name)
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('uid', 'text', (column) => column.notNull());
}

async function linkCalendars(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .alterTable('events')
    .addColumn('source', 'text', (column) => column.notNull().defaultTo('file'))
    .execute();
  await ownedTable(database, 'calendar_links')
    .addColumn('refresh_token', 'text', (column) => column.notNull())
    .addColumn('sync_token', 'text')
    .addColumn('read_from', 'text')
    .addColumn('read_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('calendar_links_key', ['tenant', 'uid'])
    .execute();
  await guardRows(database, ['calendar_links']);
}

async function addAskedAt(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .alterTable('calendar_links')
    .addColumn('asked_at', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
}

async function createTables(database: Kysely<unknown>): Promise<void> {
  const table = (name: string) => ownedTable(database, name);
  await table('item_notes')
    .addColumn('image_id', 'text', (column) => column.notNull())
    .addColumn('formality', 'smallint')
    .addColumn('seasons', 'jsonb')
    .addColumn('is_dirty', 'boolean', (column) => column.notNull())
    .addPrimaryKeyConstraint('item_notes_key', ['tenant', 'uid', 'image_id'])
    .execute();
  await table('profiles')
    .addColumn('profile', 'jsonb', (column) => column.notNull())
    .addPrimaryKeyConstraint('profiles_key', ['tenant', 'uid'])
    .execute();
  await table('outfits')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('occasion', 'text', (column) => column.notNull())
    .addColumn('items', 'jsonb', (column) => column.notNull())
    .addColumn('score', 'integer', (column) => column.notNull())
    .addColumn('reasons', 'jsonb', (column) => column.notNull())
    .addColumn('verdict', 'text')
    .addColumn('is_worn', 'boolean', (column) => column.notNull().defaultTo(false))
    .addPrimaryKeyConstraint('outfits_key', ['tenant', 'uid', 'id'])
    .execute();
  await table('events')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('starts_at', 'text')
    .addColumn('title', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('events_key', ['tenant', 'uid', 'id', 'day'])
    .execute();
  await table('corrections')
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('occasion', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('corrections_key', ['tenant', 'uid', 'title'])
    .execute();
  await guardRows(database, FIRST_TABLES);
}

/**
 * `force` applies the policy to the owner of the table as well. A role is one of the whole server, so it may exist, and a user who
 * may make or grant no roles may have it.
 */
async function guardRows(database: Kysely<unknown>, names: readonly string[]): Promise<void> {
  const role = sql.id(ROLE);
  await sql`do $$ begin
    if to_regrole(${sql.lit(ROLE)}) is null then create role ${role} nologin; end if;
  exception when duplicate_object or unique_violation then null;
  end $$`.execute(database);
  await sql`do $$ begin
    if not pg_has_role(${sql.lit(ROLE)}, 'usage') then grant ${role} to current_user; end if;
  end $$`.execute(database);
  for (const name of names) {
    const table = sql.table(name);
    await sql`alter table ${table} enable row level security`.execute(database);
    await sql`alter table ${table} force row level security`.execute(database);
    await sql`create policy own_rows on ${table} using (
      tenant = current_setting('app.tenant', true) and uid = current_setting('app.uid', true))`.execute(
      database,
    );
    await sql`grant select, insert, update, delete on ${table} to ${role}`.execute(database);
  }
}
