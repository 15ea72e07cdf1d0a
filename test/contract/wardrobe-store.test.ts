/** What the wardrobe keeps, and of whom: on PGlite as in the local stack, and on PostgreSQL as in the cloud. */
import { randomBytes } from 'node:crypto';
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import type { CalendarEvent } from '@hangtag/wardrobe/calendar/event.js';
import { type Person, WardrobeDatabase } from '@hangtag/wardrobe/data/database.js';
import { type KeptOutfit, WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import type { Item } from '@hangtag/wardrobe/engine/garment.js';
import { NO_PROFILE } from '@hangtag/wardrobe/profile.js';
import { expect } from 'chai';
import { sql } from 'kysely';
import { pglite, postgres, postgresPrograms, type TestDatabase } from '../support/postgres.js';
import { rejection } from '../support/rejection.js';
import { skip } from '../support/skip.js';

const DAY = '2026-11-30' as Day;
const NOTE = { formality: 3, seasons: ['summer'], isDirty: true } as const;
const SHIRT: Item = {
  ...{ id: 'shirt', category: 'Shirts', colours: [], formality: 3, seasons: [], worn: [], isDirty: false },
};
const OUTFIT = {
  items: [SHIRT],
  score: 7,
  reasons: [{ kind: 'season', weight: 7, text: 'For this weather' }],
} as const;
const EVENT: CalendarEvent = {
  id: 'e1',
  day: DAY,
  startsAt: '2026-11-30T09:00:00Z',
  title: 'Budget meeting',
};

let people = 0;
/** Somebody of whom nothing is kept. */
function somebody(): Person {
  people += 1;
  return { tenant: 'default', uid: `person-${people}` };
}

function storePromises(open: (context: Mocha.Context) => Promise<TestDatabase>): void {
  let server: TestDatabase;
  let database: WardrobeDatabase;
  let store: WardrobeStore;

  before(async function () {
    this.timeout(180_000);
    server = await open(this);
    database = await WardrobeDatabase.open(server.url);
    store = new WardrobeStore(database);
  });

  after(async () => {
    await database?.close();
    await server?.close();
  });

  const keepAll = async (person: Person): Promise<KeptOutfit> => {
    await store.keepProfile(person, { ...NO_PROFILE, climate: 'south' });
    await store.keepNote(person, 'shirt', NOTE);
    await store.keepEvents(person, [EVENT]);
    await store.keepCorrection(person, 'budget meeting', 'casual');
    await store.keepCalendarLink(person, 'sealed');
    const [kept] = await store.keepOutfits(person, { day: DAY, occasion: 'work' }, [OUTFIT]);
    if (kept === undefined) throw new Error('Expected an outfit but received none');
    return kept;
  };

  it('a person of whom nothing is kept has an empty history', async () => {
    expect(await store.history(somebody())).to.deep.equal({ profile: NO_PROFILE, notes: [], judged: [] });
  });

  it('a note changes what it names, and a profile replaces the one before', async () => {
    const jane = somebody();
    await store.keepNote(jane, 'shirt', NOTE);
    await store.keepProfile(jane, { ...NO_PROFILE, style: ['old'] });

    await store.keepNote(jane, 'shirt', { isDirty: false, seasons: null });
    await store.keepProfile(jane, { ...NO_PROFILE, style: ['new'] });

    const { profile, notes } = await store.history(jane);
    expect(notes).to.deep.equal([{ imageId: 'shirt', formality: 3, isDirty: false, seasons: null }]);
    expect(profile.style).to.deep.equal(['new']);
  });

  it('an outfit is in the history once it is worn, liked or disliked', async () => {
    const jane = somebody();
    const kept = await keepAll(jane);
    const before = await store.history(jane);

    const changed = await store.changeOutfit(jane, kept.id, { verdict: 'liked' });

    expect(before.judged).to.deep.equal([]);
    expect(changed).to.deep.equal({ ...kept, verdict: 'liked' });
    expect((await store.history(jane)).judged).to.deep.equal([changed]);
  });

  it('events replace those before them, and are found by their day', async () => {
    const jane = somebody();
    await keepAll(jane);
    const whole = { ...EVENT, id: 'e2', startsAt: null };

    await store.keepEvents(jane, [{ ...EVENT, day: '2026-12-01' as Day }, whole]);

    const found = await store.calendar(jane, DAY, DAY);
    expect(found.events).to.deep.equal([whole]);
    expect(found.corrections).to.deep.equal(new Map([['budget meeting', 'casual']]));
  });

  it('changes of Google Calendar replace what they name, and leave the events of a file', async () => {
    const jane = somebody();
    await keepAll(jane);
    const read = { sealedToken: 'sealed', syncToken: 's1', readFrom: DAY, readAt: 1_700_000_000_000 };
    const lunch = { ...EVENT, id: 'g1', title: 'Lunch' };
    const tea = { ...EVENT, id: 'g2', title: 'Tea' };
    await store.keepChanges(jane, read, { isAll: true, changed: ['g1', 'g2'], events: [lunch, tea] });

    const change = { isAll: false, changed: ['g1'], events: [{ ...lunch, title: 'Late lunch' }] };
    await store.keepChanges(jane, { ...read, syncToken: 's2' }, change);
    await store.keepChanges(jane, { ...read, sealedToken: 'replaced' }, { ...change, events: [] });

    const { events } = await store.calendar(jane, DAY, DAY);
    expect(events.map(({ title }) => title)).to.have.members(['Budget meeting', 'Late lunch', 'Tea']);
    expect(await store.calendarLink(jane)).to.deep.equal({ ...read, syncToken: 's2', askedAt: 0 });
    await store.removeCalendarLink(jane);
    expect((await store.calendar(jane, DAY, DAY)).events).to.deep.equal([EVENT]);
  });

  it('10,000 events are kept', async () => {
    const jane = somebody();
    const many = Array.from({ length: 10_000 }, (_, index) => ({ ...EVENT, id: `e${index}` }));

    await store.keepEvents(jane, many);

    expect(await store.count(jane)).to.equal(10_000);
  }).timeout(120_000);

  it('refuses text that it cannot store as a fault of the input, and keeps what was there', async () => {
    const jane = somebody();
    await store.keepEvents(jane, [EVENT]);
    const work = [
      store.keepEvents(jane, [{ ...EVENT, title: 'a\0b' }]),
      store.keepEvents(jane, [{ ...EVENT, id: randomBytes(10_000).toString('base64') }]),
      store.keepProfile(jane, { ...NO_PROFILE, style: ['\0'] }),
      store.keepProfile(jane, { ...NO_PROFILE, style: ['\ud800'] }),
      store.changeOutfit(jane, 'a\0b', { verdict: 'liked' }),
    ];

    for (const error of await Promise.all(work.map(rejection))) expect(error).to.include({ kind: 'input' });
    expect((await store.calendar(jane, DAY, DAY)).events).to.deep.equal([EVENT]);
  });

  it('nobody reads, changes or removes what belongs to another person or tenant', async () => {
    const jane = somebody();
    const kept = await keepAll(jane);
    for (const thief of [somebody(), { ...jane, tenant: 'acme' }]) {
      const stolen = await store.changeOutfit(thief, kept.id, { verdict: 'liked' });
      const erased = await store.erase(thief);

      expect(stolen).to.equal(undefined);
      expect(erased).to.equal(0);
      expect(await store.history(thief)).to.deep.equal({ profile: NO_PROFILE, notes: [], judged: [] });
    }
    expect(await store.count(jane)).to.equal(6);
  });

  it('the database refuses to write a row of another person, whatever the statement says', async () => {
    const [jane, eve] = [somebody(), somebody()];
    await keepAll(jane);

    const error = await rejection(
      database.asPerson(eve, (rows) =>
        rows
          .insertInto('profiles')
          .values({ ...jane, profile: '{}' })
          .execute(),
      ),
    );
    const seen = await database.asPerson(eve, (rows) =>
      rows.selectFrom('item_notes').selectAll().where('uid', '=', jane.uid).execute(),
    );

    expect(error).to.include({ kind: 'transient' });
    expect(String((error as Error).cause)).to.match(/row-level security/);
    expect(seen).to.deep.equal([]);
  });

  it('a transaction of nobody sees no row', async () => {
    await keepAll(somebody());

    const seen = await database.asPerson({ tenant: '', uid: '' }, (rows) =>
      sql`select * from outfits`.execute(rows),
    );

    expect(seen.rows).to.deep.equal([]);
  });

  it('erasing a person removes everything of this person, and nothing else', async () => {
    const [jane, john] = [somebody(), somebody()];
    await keepAll(jane);
    await keepAll(john);

    const erased = await store.erase(jane);

    expect(erased).to.equal(6);
    expect(await store.count(jane)).to.equal(0);
    expect(await store.count(john)).to.equal(6);
  });

  it('opening it again, also twice at the same time, keeps the data', async () => {
    const jane = somebody();
    await keepAll(jane);

    const again = await Promise.all([WardrobeDatabase.open(server.url), WardrobeDatabase.open(server.url)]);

    expect(await new WardrobeStore(again[0]).count(jane)).to.equal(6);
    await Promise.all(again.map((each) => each.close()));
  });
}

describe('The store of the wardrobe on PGlite', () => {
  storePromises(pglite);
});

describe("The store of the wardrobe on Debian's PostgreSQL", () => {
  storePromises(async (context) => {
    const programs = postgresPrograms();
    if (programs === undefined) skip(context, 'expected PostgreSQL in /usr/lib/postgresql but found none');
    return postgres(programs);
  });
});
