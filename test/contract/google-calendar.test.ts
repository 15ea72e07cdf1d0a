/** A person's Google Calendar over the API: consent, reading, what Google refuses, and the end of the consent. */
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { GoogleCalendar, type GoogleClient } from '@hangtag/wardrobe/calendar/google-calendar.js';
import { sealWith } from '@hangtag/wardrobe/calendar/sealed-token.js';
import { WardrobeDatabase } from '@hangtag/wardrobe/data/database.js';
import { WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import { expect } from 'chai';
import { UnsecuredJWT } from 'jose';
import { ApiStage } from '../support/api-stage.js';
import { GooglePeer } from '../support/google-peer.js';
import { pglite, type TestDatabase } from '../support/postgres.js';

const DAY = '2026-11-30' as Day;
const MINUTE_MS = 60_000;
const GOOGLE = '/v1/wardrobe/calendar/google';
const REDIRECT = { redirectUri: 'https://shop.example/' };
const KEY = Buffer.alloc(32, 7).toString('base64url');

const MEETING = { id: 'm', summary: 'Budget meeting', start: { dateTime: '2026-12-01T09:00:00+01:00' } };
const HOLIDAY = { id: 'h', summary: 'Holiday', start: { date: '2026-12-02' }, end: { date: '2026-12-04' } };
/** An occurrence of a recurring event: it is the day before in UTC, and Tuesday in Berlin. */
const RUN = { id: 'r_1', summary: 'Run', start: { dateTime: '2026-11-30T23:30:00Z' } };

interface Plan {
  readonly days: readonly { readonly day: string; readonly events: readonly { readonly title: string }[] }[];
  readonly outdatedCalendar?: { readonly readAt: string | null };
}

describe('Google Calendar in the wardrobe', () => {
  let server: TestDatabase;
  let store: WardrobeStore;
  let google: GooglePeer;
  let client: GoogleClient;
  let stage: ApiStage;
  let people = 0;

  before(async function () {
    this.timeout(180_000);
    server = await pglite();
    store = new WardrobeStore(await WardrobeDatabase.open(server.url));
  });

  after(async () => {
    await store?.close();
    await server?.close();
  });

  beforeEach(async () => {
    google = new GooglePeer();
    google.events = [MEETING, HOLIDAY, RUN];
    client = await google.listen();
    stage = stageOf(client);
    stage.clock.moveTo(Date.parse(`${DAY}T08:00:00Z`));
  });

  const stageOf = (of: GoogleClient) => {
    const made: ApiStage = new ApiStage(
      {
        wardrobe: async () => store,
        googleAccess: async () => ({
          calendar: new GoogleCalendar(of),
          seal: sealWith(KEY, () => made.clock.now()),
        }),
      },
      { HANGTAG_WARDROBE: 'true', HANGTAG_TIME_ZONE: 'Europe/Berlin' },
    );
    return made;
  };

  afterEach(() => google.close());

  const somebody = () => {
    people += 1;
    return personOf(`jane-${people}`);
  };

  const personOf = (uid: string) => {
    const nowS = stage.clock.now() / 1_000;
    const token = new UnsecuredJWT({ tenant: 'default', role: 'viewer', auth_time: nowS - 60 })
      .setSubject(uid)
      .setIssuer('https://securetoken.google.com/demo-hangtag')
      .setAudience('demo-hangtag')
      .setIssuedAt(nowS - 60)
      .setExpirationTime(nowS + 80_000)
      .encode();
    return { uid, token, person: { tenant: 'default', uid } };
  };

  const consent = async (token: string, scope?: string) => {
    const { url } = await stage.read<{ url: string }>(token, `POST ${GOOGLE}`, REDIRECT);
    return google.agree(url, scope);
  };

  const connected = async () => {
    const jane = somebody();
    const answer = await stage.ask(jane.token, `PUT ${GOOGLE}`, await consent(jane.token));
    expect(answer.status, await answer.clone().text()).to.equal(200);
    return jane;
  };

  const plan = (token: string) => stage.read<Plan>(token, 'GET /v1/outfits?from=2026-11-30&to=2026-12-04');

  const titles = async (token: string) => {
    const { days } = await plan(token);
    return days.map(({ day, events }) => [day.slice(5), ...events.map(({ title }) => title)].join(' '));
  };

  it('reads all pages after the consent: whole days, and times in the time zone of the person', async () => {
    const { token } = await connected();

    expect(await titles(token)).to.deep.equal([
      '11-30',
      '12-01 Run Budget meeting',
      '12-02 Holiday',
      '12-03 Holiday',
      '12-04',
    ]);
    expect(google.asked.map((query) => query.get('pageToken'))).to.deep.equal([null, '2']);
    expect(google.asked.every((query) => query.get('singleEvents') === 'true')).to.equal(true);
  });

  it('has an event with times on each of its days, if it lasts 24 hours or more', async () => {
    google.events = [
      {
        id: 'c',
        summary: 'Trip',
        start: { dateTime: '2026-11-30T23:00:00Z' },
        end: { dateTime: '2026-12-02T12:00:00Z' },
      },
      {
        id: 'p',
        summary: 'Party',
        start: { dateTime: '2026-12-03T20:00:00Z' },
        end: { dateTime: '2026-12-04T02:00:00Z' },
      },
    ];
    const { token } = await connected();

    const { days } = await plan(token);

    const shown = days.map(({ events }) => events.map(({ title }) => title).join(' '));
    expect(shown).to.deep.equal(['', 'Trip', 'Trip', 'Party', '']);
  });

  it('later reads only what changed: what is cancelled or declined goes, what moved is on its new day', async () => {
    const { token } = await connected();
    google.events = [
      { id: 'm', status: 'cancelled' },
      { ...HOLIDAY, start: { date: '2026-12-04' }, end: { date: '2026-12-05' } },
      { ...RUN, attendees: [{ self: true, responseStatus: 'declined' }] },
    ];
    google.changed = ['m', 'h', 'r_1'];
    const before = await titles(token);

    stage.clock.advance(6 * MINUTE_MS);

    expect(before[1]).to.include('Budget meeting');
    expect(await titles(token)).to.deep.equal(['11-30', '12-01', '12-02', '12-03', '12-04 Holiday']);
    expect(google.asked.at(-1)?.has('syncToken')).to.equal(true);
  });

  it('reads all again when Google has forgotten the sync token (410), and on another day', async () => {
    const { token } = await connected();
    google.forgetSync();
    google.events = [MEETING];

    stage.clock.advance(6 * MINUTE_MS);
    const afterGone = await titles(token);
    const asked = google.asked.length;
    stage.clock.advance(16 * 60 * MINUTE_MS);
    await titles(token);

    expect(afterGone.join()).to.equal('11-30,12-01 Budget meeting,12-02,12-03,12-04');
    expect(google.asked[asked]?.has('timeMin')).to.equal(true);
  });

  it('tries again after 429, and keeps the events while Google does not answer', async () => {
    const { token } = await connected();
    stage.clock.advance(6 * MINUTE_MS);
    google.faults.push(429);
    google.changed = ['m'];
    google.events = [{ ...MEETING, summary: 'Moved meeting' }];
    const after429 = await titles(token);
    stage.clock.advance(6 * MINUTE_MS);
    google.faults.push(...Array<number>(20).fill(503));

    expect(after429[1]).to.include('Moved meeting');
    expect(await titles(token)).to.deep.equal(after429);
  });

  it('asks Google once in a minute while it does not answer, and says of when the events are', async () => {
    const { token } = await connected();
    const later = stageOf({ ...client, timeLimitMs: 200 });
    later.clock.moveTo(stage.clock.now() + 6 * MINUTE_MS);
    stage = later;
    google.isSilent = true;
    const asked = google.asked.length;

    const first = await plan(token);
    const askedFirst = google.asked.length;
    const [second, third] = await Promise.all([plan(token), plan(token)]);
    const askedMeanwhile = google.asked.length;
    google.isSilent = false;
    stage.clock.advance(MINUTE_MS);
    const last = await plan(token);

    expect(askedFirst).to.be.above(asked);
    expect(askedMeanwhile).to.equal(askedFirst);
    for (const each of [first, second, third]) {
      expect(each.outdatedCalendar).to.deep.equal({ readAt: '2026-11-30T08:00:00.000Z' });
      expect(each.days[2]?.events).to.have.length(1);
    }
    expect(google.asked.length).to.be.above(askedMeanwhile);
    expect(last).not.to.have.property('outdatedCalendar');
  });

  it('asks Google once for two requests at the same time', async () => {
    const { token } = await connected();
    stage.clock.advance(6 * MINUTE_MS);
    const asked = google.asked.length;

    await Promise.all([plan(token), plan(token)]);

    expect(google.asked.length - asked).to.equal(1);
  });

  it('keeps a consent whose calendar cannot be read yet', async () => {
    const { token } = somebody();
    google.faults.push(...Array<number>(20).fill(503));

    const answer = await stage.ask(token, `PUT ${GOOGLE}`, await consent(token));
    const before = await plan(token);
    google.faults.length = 0;
    stage.clock.advance(MINUTE_MS);

    expect(await answer.json()).to.deep.equal({ isOffered: true, isConnected: true });
    expect(before.outdatedCalendar).to.deep.equal({ readAt: null });
    expect((await titles(token))[2]).to.equal('12-02 Holiday');
  });

  it('keeps the consent and the events if Google refuses the secret of the installation', async () => {
    const { token, person } = await connected();
    const before = await titles(token);
    const wrong = stageOf({ ...client, clientSecret: 'rotated' });
    wrong.clock.moveTo(stage.clock.now() + 6 * MINUTE_MS);
    stage = wrong;

    expect(await titles(token)).to.deep.equal(before);
    expect(await store.calendarLink(person)).not.to.equal(undefined);
  });

  it('forgets a consent of another client', async () => {
    const { token, person } = await connected();
    for (const each of google.valid) google.foreign.add(each);

    stage.clock.advance(6 * MINUTE_MS);

    expect((await titles(token)).join()).not.to.include('meeting');
    expect(await store.calendarLink(person)).to.equal(undefined);
  });

  it('disconnects after the person has ended the consent at Google', async () => {
    const { token, person } = await connected();
    google.valid.clear();

    const answer = await stage.ask(token, `DELETE ${GOOGLE}`);

    expect(answer.status).to.equal(204);
    expect(await store.count(person)).to.equal(0);
  });

  it('forgets a consent that the person ended at Google, with its events', async () => {
    const { token, person } = await connected();
    google.valid.clear();

    stage.clock.advance(6 * MINUTE_MS);

    expect(await titles(token)).to.deep.equal(['11-30', '12-01', '12-02', '12-03', '12-04']);
    expect(await store.count(person)).to.equal(0);
    const { googleCalendar } = await stage.read<{ googleCalendar: object }>(token, 'GET /v1/wardrobe');
    expect(googleCalendar).to.deep.equal({ isOffered: true, isConnected: false });
  });

  it('revokes the consent when the person disconnects, and keeps the events of a file', async () => {
    const { token, person } = await connected();
    const file = ['BEGIN:VEVENT', 'UID:f', 'DTSTART;VALUE=DATE:20261130', 'SUMMARY:File', 'END:VEVENT'];
    const ics = ['BEGIN:VCALENDAR', 'VERSION:2.0', ...file, 'END:VCALENDAR'].join('\r\n');
    await stage.ask(token, 'PUT /v1/wardrobe/calendar', { ics });
    const both = await titles(token);

    const answer = await stage.ask(token, `DELETE ${GOOGLE}`);
    const again = await stage.ask(token, `DELETE ${GOOGLE}`);

    expect([answer.status, again.status]).to.deep.equal([204, 204]);
    expect(google.valid.size).to.equal(0);
    expect(both.join()).to.include('File').and.include('Holiday');
    expect(await titles(token)).to.deep.equal(['11-30 File', '12-01', '12-02', '12-03', '12-04']);
    expect(await store.count(person)).to.equal(1);
  });

  it('keeps no token that can be read, and none that works for another person', async () => {
    const { person } = await connected();
    const { sealedToken } = (await store.calendarLink(person)) ?? {};
    const thief = somebody();

    await store.keepCalendarLink(thief.person, sealedToken ?? '');

    expect(sealedToken)
      .to.be.a('string')
      .and.not.include([...google.valid][0]);
    expect((await titles(thief.token)).join()).not.to.include('meeting');
    expect(await store.calendarLink(thief.person)).to.equal(undefined);
  });

  const REFUSED: Readonly<Record<string, (jane: ReturnType<typeof personOf>) => Promise<object>>> = {
    'the state of another person': async () => consent(somebody().token),
    'a changed state': async ({ token }) => {
      const { code, state } = await consent(token);
      return { code, state: `${state.slice(0, -4)}AAAA` };
    },
    'a state that is too old': async ({ token }) => {
      const answer = await consent(token);
      stage.clock.advance(11 * MINUTE_MS);
      return answer;
    },
    'a code of another consent, whose verifier is another': async ({ token }) => {
      const [first, second] = [await consent(token), await consent(token)];
      return { code: first.code, state: second.state };
    },
    'a consent without the permission': ({ token }) => consent(token, 'openid'),
  };
  for (const [what, answerOf] of Object.entries(REFUSED)) {
    it(`refuses ${what}, and keeps nothing`, async () => {
      const jane = somebody();

      const answer = await stage.ask(jane.token, `PUT ${GOOGLE}`, await answerOf(jane));

      expect(answer.status).to.equal(400);
      expect(await store.count(jane.person)).to.equal(0);
    });
  }

  it('says that the installation has no client of Google', async () => {
    const { token } = somebody();
    const other = new ApiStage({ wardrobe: async () => store }, { HANGTAG_WARDROBE: 'true' });
    other.clock.moveTo(stage.clock.now());

    expect((await other.ask(token, `POST ${GOOGLE}`, REDIRECT)).status).to.equal(503);
    expect(await other.read(token, 'GET /v1/wardrobe')).to.deep.include({
      googleCalendar: { isOffered: false, isConnected: false },
    });
  });
});
