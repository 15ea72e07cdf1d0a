/**
 * The wardrobe on the whole local stack, as `npm start -- --wardrobe` starts it: on PGlite, with the page and Google Calendar in a
 * browser, and on Debian's PostgreSQL.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HangtagClient } from '@hangtag/client';
import { TEST_USERS } from '@hangtag/emulators/page/page-server.js';
import { addDays, civilTime, type Day } from '@hangtag/shared/domain/report/day-window.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { WardrobeDatabase } from '@hangtag/wardrobe/data/database.js';
import { WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import { kindOf } from '@hangtag/wardrobe/engine/garment.js';
import { unsignedToken } from '@hangtag/web/settings.js';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { fromRoot } from '../fixtures/paths.js';
import { openOrSkip } from '../support/chromium.js';
import { describeWithEmulators } from '../support/google-emulators.js';
import { GooglePeer } from '../support/google-peer.js';
import { postgres, postgresPrograms, type TestDatabase } from '../support/postgres.js';
import { rejection } from '../support/rejection.js';
import { type RunningStack, startStackProcess } from '../support/running-stack.js';
import { skip } from '../support/skip.js';
import { until } from '../support/until.js';

const ERASE = fromRoot('tools/dist/erase-command.js');
const PROJECT = 'demo-hangtag';
/** Drawings: enough for each occasion. */
const COUNT = 60;
const LIMIT_MS = 180_000;

interface World {
  readonly google: GooglePeer;
  readonly stack: RunningStack;
  readonly page: string;
  /** The API with the rights of a test user of the page. */
  clientOf(uid: string): HangtagClient;
  readonly today: Day;
}

/** One stack for all tests of a database. They follow each other: the last one erases the owner. */
function wardrobePromises(
  open: (context: Mocha.Context) => Promise<TestDatabase | undefined>,
  onThePage: (world: () => World) => void = () => undefined,
): void {
  let database: TestDatabase | undefined;
  let world: World;
  let jane: HangtagClient;
  let john: HangtagClient;

  before(async function () {
    this.timeout(400_000);
    database = await open(this);
    world = await startWorld(database);
    [jane, john] = [world.clientOf('reviewer'), world.clientOf('second-reviewer')];
    await until('the sample wardrobe', () => world.stack.output().includes('are the wardrobe of'), 200_000);
    await until('the items', async () => (await jane.wardrobe()).items.length > 20, LIMIT_MS);
  });

  after(async function () {
    this.timeout(LIMIT_MS);
    await world?.stack.interrupt();
    await world?.google.close();
    await database?.close();
  });

  const week = (client: HangtagClient) => client.planOutfits(world.today, addDays(world.today, 6));

  it('has an outfit, or what is missing, for each of seven days beside the sample calendar', async () => {
    const { days } = await week(jane);

    const events = days.flatMap(({ events }) => events);
    expect(days).to.have.length(7);
    expect(days.filter(({ outfits, lacks }) => outfits.length + lacks.length === 0)).to.deep.equal([]);
    expect(days.flatMap(({ outfits }) => outfits)).not.to.deep.equal([]);
    expect(Object.fromEntries(events.map(({ title, occasion }) => [title, occasion]))).to.include({
      'Client meeting': 'meeting',
      'Rapat anggaran': 'meeting',
      Geburtstagsfeier: 'party',
      'Wedding of Mia and Tom': 'ceremony',
    });
  }).timeout(LIMIT_MS);

  it('reads an .ics file in place of the calendar before', async () => {
    const date = addDays(world.today, 1).replaceAll('-', '');
    const event = ['BEGIN:VEVENT', 'UID:i', `DTSTART;VALUE=DATE:${date}`, 'SUMMARY:Interview', 'END:VEVENT'];
    const ics = ['BEGIN:VCALENDAR', 'VERSION:2.0', ...event, 'END:VCALENDAR'].join('\r\n');

    const read = await jane.readCalendar(ics);

    const { days } = await week(jane);
    expect(read).to.deep.equal({ events: 1, leftOut: [] });
    expect(days.map(({ events }) => events.map(({ title }) => title).join())).to.deep.equal([
      ...['', 'Interview', '', '', '', '', ''],
    ]);
    expect(days[1]?.occasion).to.equal('interview');
  }).timeout(LIMIT_MS);

  it('remembers a liked and a worn outfit, and does not offer its top on the next day', async () => {
    const [first] = (await week(jane)).days;
    const [outfit] = first?.outfits ?? [];
    if (outfit === undefined) throw new Error('Expected an outfit of today but received none');

    await jane.judgeOutfit(outfit.id, 'like');
    await jane.judgeOutfit(outfit.id, 'wear');

    const { items } = await jane.wardrobe();
    const top = items.find(({ id }) => id === outfit.items[0]?.id);
    const { days } = await week(jane);
    expect(top).to.deep.include({ isLiked: true, worn: [outfit.day] });
    expect(days[0]?.outfits[0]).to.include({ id: outfit.id, verdict: 'liked', isWorn: true });
    expect(days[1]?.outfits.flatMap((each) => each.items.map(({ id }) => id))).not.to.include(
      outfit.items[0]?.id,
    );
  }).timeout(LIMIT_MS);

  it('says what is missing while all shoes are in the laundry', async () => {
    const shoes = (await jane.wardrobe()).items.filter(({ category }) => kindOf(category)?.slot === 'shoes');
    const launder = async (isDirty: boolean) => {
      for (const { id } of shoes) await jane.describeItem(id, { isDirty });
    };

    await launder(true);
    const without = await jane.offerOutfits({ occasion: 'casual' });
    await launder(false);
    const again = await jane.offerOutfits({ occasion: 'casual' });

    expect(without.outfits).to.deep.equal([]);
    expect(without.lacks.map(({ kind, text }) => `${kind}: ${text}`).join()).to.match(
      /^shoes: .* in the laundry/,
    );
    expect(again.outfits).not.to.deep.equal([]);
  }).timeout(LIMIT_MS);

  it('shows and changes nothing of the first person for a second one', async () => {
    const [item] = (await jane.wardrobe()).items;
    const [outfit] = (await week(jane)).days.flatMap(({ outfits }) => outfits);
    const [itemId = '', outfitId = ''] = [item?.id, outfit?.id];
    await john.correctOccasion('Interview', 'casual');

    const wardrobe = await john.wardrobe();
    const { days } = await week(john);
    const refused = [
      await rejection(john.judgeOutfit(outfitId, 'dislike')),
      await rejection(john.describeItem(itemId, { isDirty: true })),
      await rejection(john.get(itemId)),
    ];

    expect(await jane.get(itemId), 'control').to.include({ id: itemId });
    expect([...wardrobe.items, ...wardrobe.others]).to.deep.equal([]);
    expect(days.flatMap(({ events, outfits }) => [...events, ...outfits])).to.deep.equal([]);
    expect(refused.map((error) => (error as { status?: number }).status)).to.deep.equal([404, 404, 404]);
    expect((await week(jane)).days[1]?.occasion).to.equal('interview');
  }).timeout(LIMIT_MS);

  onThePage(() => world);

  it('keeps nothing of an owner who is erased, and everything of the others', async () => {
    const { stack } = world;
    const store = new WardrobeStore(await WardrobeDatabase.open(stack.env['HANGTAG_DATABASE_URL'] ?? ''));
    const rowsOf = (uid: string) => store.count({ tenant: 'default', uid });
    const before = [await rowsOf('reviewer'), await rowsOf('second-reviewer')];

    const erased = await promisify(execFile)(process.execPath, [ERASE, '--owner', 'reviewer'], {
      cwd: stack.folder,
    });

    const after = [await rowsOf('reviewer'), await rowsOf('second-reviewer')];
    await store.close();
    const { items, others } = await jane.wardrobe();
    expect(JSON.parse(erased.stdout)).to.include({ wardrobe: before[0] });
    expect(before[0]).to.be.above(0);
    expect(after).to.deep.equal([0, before[1]]);
    expect([...items, ...others]).to.deep.equal([]);
    expect((await week(jane)).days.flatMap(({ events, outfits }) => [...events, ...outfits])).to.deep.equal(
      [],
    );
  }).timeout(LIMIT_MS);
}

async function startWorld(database: TestDatabase | undefined): Promise<World> {
  const google = new GooglePeer();
  const { clientId, clientSecret, url = '' } = await google.listen();
  const stack = await startStackProcess(['--wardrobe', '--count', String(COUNT)], {
    HANGTAG_GOOGLE_CLIENT_ID: clientId,
    HANGTAG_GOOGLE_CLIENT_SECRET: clientSecret,
    HANGTAG_GOOGLE_URL: url,
    ...(database && { HANGTAG_DATABASE_URL: database.url }),
  });
  const page = await stack.address('page');
  const api = await stack.address('API');
  const clientOf = (uid: string) => {
    const user = TEST_USERS.find((each) => each.uid === uid);
    if (user === undefined) throw new Error(`Expected a test user ${uid}`);
    return new HangtagClient({
      url: api,
      credentials: async () => unsignedToken({ projectId: PROJECT }, user),
    });
  };
  const { day: today } = civilTime(Date.now(), parseTimeZone('UTC'));
  return { google, stack, page, clientOf, today };
}

/** The page of the first test user, who owns the sample wardrobe. */
function googlePromises(world: () => World): void {
  let browser: Browser | undefined;

  before(async function () {
    this.timeout(LIMIT_MS);
    const { google, today } = world();
    google.events = [{ id: 'd', summary: 'Dentist', start: { date: addDays(today, 2) } }];
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
  });
  after(() => browser?.close());

  const openPage = async (context: Mocha.Context, place = '#wardrobe'): Promise<Page> => {
    browser ??= await openOrSkip(context);
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${world().page}/${place}`);
    return page;
  };
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  it('connects Google Calendar on the page, corrects the occasion of its event, and revokes the consent', async function () {
    const page = await openPage(this);
    await button(page, 'Connect Google Calendar').click();
    await page.getByRole('link', { name: 'Allow' }).click();
    const day = page.locator('.days > li', { hasText: 'Dentist' });
    const occasion = page.getByLabel('Occasion of Dentist');
    await day.waitFor();
    const before = await occasion.inputValue();

    await occasion.selectOption('party');
    await day.locator('p', { hasText: /^Party$/ }).waitFor();
    await button(page, 'Disconnect Google Calendar').click();
    await button(page, 'Connect Google Calendar').waitFor();

    expect(before).to.equal('casual');
    expect(page.url()).to.match(/\/#wardrobe$/);
    expect(await day.count()).to.equal(0);
    expect(world().google.valid.size).to.equal(0);
  }).timeout(LIMIT_MS);

  it('says on the page that the person did not agree, and shows the outfits', async function () {
    const page = await openPage(this);
    await button(page, 'Connect Google Calendar').click();
    await page.getByRole('link', { name: 'Deny' }).click();

    await page.getByRole('alert').getByText('you did not give the permission').waitFor();

    expect(await page.locator('.days > li').count()).to.equal(7);
    expect(await button(page, 'Connect Google Calendar').count()).to.equal(1);
    expect(page.url()).to.match(/\/#wardrobe$/);
  }).timeout(LIMIT_MS);

  it('refuses on the page a code that comes with a foreign state', async function () {
    const page = await openPage(this, '?code=foreign&state=foreign');

    await page.getByRole('alert').getByText('Expected a consent of this person').waitFor();

    expect(await button(page, 'Connect Google Calendar').count()).to.equal(1);
    expect(world().google.valid.size).to.equal(0);
  }).timeout(LIMIT_MS);
}

await describeWithEmulators('The wardrobe of npm start on PGlite', () => {
  wardrobePromises(async () => undefined, googlePromises);
});

await describeWithEmulators("The wardrobe of npm start on Debian's PostgreSQL", () => {
  wardrobePromises(async (context) => {
    const programs = postgresPrograms();
    if (programs === undefined) skip(context, 'expected PostgreSQL in /usr/lib/postgresql but found none');
    return postgres(programs);
  });
});
