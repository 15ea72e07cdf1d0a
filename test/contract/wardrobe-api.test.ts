/** The routes of the wardrobe, over a real database: whose they are, and what they answer. */

import type { Ports } from '@hangtag/functions/app/adapters.js';
import { SCOPES } from '@hangtag/shared/domain/api-key.js';
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { WardrobeDatabase } from '@hangtag/wardrobe/data/database.js';
import { WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import { expect } from 'chai';
import { UnsecuredJWT } from 'jose';
import { ApiStage } from '../support/api-stage.js';
import { pglite, type TestDatabase } from '../support/postgres.js';

const DAY = '2026-11-30' as Day;
const ON = { HANGTAG_WARDROBE: 'true' };
const CLOTHES = ['Shirts', 'Heels', 'Watches', 'Tshirts', 'Casual Shoes'];

interface Outfit {
  readonly id: string;
  readonly items: readonly { readonly id: string; readonly category: string }[];
  readonly score: number;
  readonly reasons: readonly { readonly weight: number }[];
  readonly verdict: string | null;
  readonly isWorn: boolean;
}

interface Offer {
  readonly occasion: string;
  readonly outfits: readonly Outfit[];
  readonly lacks: readonly { readonly text: string }[];
}

interface Plan {
  readonly days: readonly (Offer & {
    readonly day: string;
    readonly events: readonly { readonly title: string }[];
  })[];
}

function calendar(...lines: readonly string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR'].join('\r\n');
}

const BUDGET_MEETING = [
  'BEGIN:VEVENT',
  'UID:m',
  'DTSTART;VALUE=DATE:20261201',
  'SUMMARY:Budget meeting',
  'END:VEVENT',
];

describe('The wardrobe over the API', () => {
  let server: TestDatabase;
  let store: WardrobeStore;
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

  beforeEach(() => {
    stage = new ApiStage({ wardrobe: async () => store }, ON);
    stage.clock.moveTo(Date.parse(`${DAY}T08:00:00Z`));
  });

  const tokenOf = (uid: string, claims: object = {}, validS = 3_000) => {
    const nowS = stage.clock.now() / 1_000;
    const issuer = { iss: 'https://securetoken.google.com/demo-hangtag', aud: 'demo-hangtag' };
    const person = { tenant: 'default', role: 'viewer', auth_time: nowS - 60 };
    return new UnsecuredJWT({ ...issuer, ...person, ...claims })
      .setSubject(uid)
      .setIssuedAt(nowS - 60)
      .setExpirationTime(nowS + validS)
      .encode();
  };

  /** A person with clothes for work and for a free day. */
  const dressed = async () => {
    people += 1;
    const uid = `jane-${people}`;
    const ids: string[] = [];
    for (const category of CLOTHES)
      ids.push(await stage.add(`${uid}/${category}.jpg`, { owner: uid, category }));
    return { uid, token: tokenOf(uid), ids };
  };

  const offer = (token: string, body: object) => stage.read<Offer>(token, 'POST /v1/outfits', body);

  it('offers outfits of the images that the person owns, the best first, with reasons that add up', async () => {
    const { token } = await dressed();

    const { outfits, lacks } = await offer(token, { occasion: 'meeting', count: 1 });

    expect(outfits[0]?.items.map(({ category }) => category)).to.deep.equal(['Shirts', 'Heels', 'Watches']);
    expect(outfits[0]?.reasons.reduce((sum, { weight }) => sum + weight, 0)).to.equal(outfits[0]?.score);
    expect(lacks).to.deep.equal([]);
  });

  it('offers outfits in the order of a language model, if the installation has one, and the same ones without', async () => {
    const clothes = [...CLOTHES, 'Kurtas', 'Formal Shoes'];
    const offered = async (outfitRanking: Ports['outfitRanking']) => {
      stage = new ApiStage({ wardrobe: async () => store, outfitRanking: async () => outfitRanking }, ON);
      stage.clock.moveTo(Date.parse(`${DAY}T08:00:00Z`));
      for (const category of clothes) await stage.add(`ann/${category}.jpg`, { owner: 'ann', category });
      return offer(tokenOf('ann'), { occasion: 'meeting', count: 2 });
    };
    const outfits = [1, 0].map((index) => ({ index, reason: `Words ${index}` }));

    const own = await offered(undefined);
    const ranked = await offered(async () => ({ content: { outfits }, use: { input: 1, output: 1 } }));
    const failing = await offered(async () => Promise.reject(new Error('late')));

    expect(ranked.outfits.map(({ id }) => id)).to.deep.equal(own.outfits.map(({ id }) => id).toReversed());
    expect(ranked.outfits[0]?.reasons[0]).to.deep.equal({ kind: 'words', weight: 0, text: 'Words 1' });
    expect(failing).to.deep.equal(own);
  });

  it('says what a wardrobe lacks, also an empty one', async () => {
    const { token } = await dressed();

    const ceremony = await offer(tokenOf('nobody'), { occasion: 'ceremony' });
    const sport = await offer(token, { occasion: 'sport' });

    expect(ceremony.outfits).to.deep.equal([]);
    expect(ceremony.lacks.map(({ text }) => text)).to.deep.equal([
      'Expected a top for a ceremony but found none',
      'Expected shoes for a ceremony but found none',
    ]);
    expect(sport.outfits).to.have.length(1);
  });

  it('shows and changes nothing of another person, whatever the request names', async () => {
    const jane = await dressed();
    const { outfits } = await offer(jane.token, { occasion: 'meeting', count: 1 });
    const eves = [tokenOf('eve'), tokenOf(jane.uid, { tenant: 'acme' })];
    const note = { formality: 1, seasons: null, isDirty: true };

    for (const eve of eves) {
      const liked = await stage.ask(eve, `POST /v1/outfits/${outfits[0]?.id}/like`);
      const described = await stage.ask(eve, `PUT /v1/wardrobe/items/${jane.ids[0]}`, note);
      const read = await stage.ask(eve, `GET /v1/wardrobe?uid=${jane.uid}&owner=${jane.uid}`);
      const offered = await stage.ask(eve, 'POST /v1/outfits', { occasion: 'meeting', uid: jane.uid });

      expect([liked.status, described.status]).to.deep.equal([404, 404]);
      expect(JSON.stringify([await read.text(), await offered.text()])).not.to.include(jane.ids[0] ?? '');
    }
    expect(await offer(jane.token, { occasion: 'meeting', count: 1 })).to.deep.include({ outfits });
  });

  it('does not offer a worn top on the next day, nor a disliked combination again', async () => {
    const { token } = await dressed();
    const first = await offer(token, { day: DAY, occasion: 'meeting', count: 1 });
    const work = await offer(token, { day: DAY, occasion: 'casual', count: 1 });

    const worn = await stage.read<Outfit>(token, `POST /v1/outfits/${first.outfits[0]?.id}/wear`);
    const disliked = await stage.read<Outfit>(token, `POST /v1/outfits/${work.outfits[0]?.id}/dislike`);

    expect([worn.isWorn, disliked.verdict]).to.deep.equal([true, 'disliked']);
    const nextDay = await offer(token, { day: '2026-12-01', occasion: 'meeting' });
    expect(nextDay.outfits).to.deep.equal([]);
    expect(nextDay.lacks.map(({ text }) => text).join()).to.include('worn the day before');
    expect((await offer(token, { day: '2026-12-05', occasion: 'casual' })).outfits).to.deep.equal([]);
  });

  it('an item in the laundry is not offered; its seasons and formality are those that the person says', async () => {
    const { token, ids } = await dressed();
    const note = { formality: 4, seasons: ['winter'], isDirty: false };

    const item = await stage.read<object>(token, `PUT /v1/wardrobe/items/${ids[4]}`, note);
    await stage.ask(token, `PUT /v1/wardrobe/items/${ids[1]}`, { ...note, isDirty: true });

    expect(item).to.include({ category: 'Casual Shoes', formality: 4, isDirty: false });
    const { outfits } = await offer(token, { occasion: 'meeting', count: 1 });
    expect(outfits[0]?.items.map(({ category }) => category))
      .to.include('Casual Shoes')
      .and.not.include('Heels');
  });

  it('hides the images of a person from other people of the tenant, but not from its administrator and its programs', async () => {
    const { uid, token, ids } = await dressed();
    const poster = await stage.add('poster.jpg', { owner: null, vector: [1, 0], backbone: 'b' });
    const gown = await stage.add(`${uid}/gown.jpg`, { owner: uid, vector: [1, 0], backbone: 'b' });
    const reviewer = tokenOf('eve', { role: 'reviewer' });
    const seenBy = async (caller: string) => {
      const { images } = await stage.read<{ images: readonly { id: string }[] }>(caller, 'GET /v1/images');
      const text = await (await stage.ask(caller, 'GET /v1/export')).text();
      return { listed: images.length, exported: text.trim().split('\n').length };
    };
    const statusOf = async (...request: Parameters<typeof stage.ask>) => (await stage.ask(...request)).status;

    const [ofEve, ofOwner, ofAdmin, ofKey] = [
      await seenBy(reviewer),
      await seenBy(token),
      await seenBy(tokenOf('boss', { role: 'admin' })),
      await seenBy(await stage.key(['read'])),
    ];

    const all = { listed: ids.length + 2, exported: ids.length + 2 };
    expect(ofEve).to.deep.equal({ listed: 1, exported: 1 });
    expect([ofOwner, ofAdmin, ofKey]).to.deep.equal([all, all, all]);
    const alike = `GET /v1/images/${poster}/similar`;
    for (const request of [alike, `${alike}?owner=${uid}`])
      expect(await stage.read(reviewer, request)).to.deep.equal({ images: [] });
    expect(await statusOf(reviewer, `GET /v1/images/${gown}`)).to.equal(404);
    expect(await statusOf(reviewer, `POST /v1/images/${gown}/confirmation`, {})).to.equal(404);
    expect(await statusOf(reviewer, 'GET /v1/reports/2026-01-02')).to.equal(403);
    expect(await statusOf(token, `GET /v1/images/${gown}`)).to.equal(200);
  });

  it('keeps no note on an image of which no outfit is made', async () => {
    const { uid, token } = await dressed();
    const id = await stage.add(`${uid}/perfume.jpg`, { owner: uid, category: 'Perfume' });
    const person = { tenant: 'default', uid };

    const answer = await stage.ask(token, `PUT /v1/wardrobe/items/${id}`, { isDirty: true });

    expect(answer.status).to.equal(404);
    expect(await store.count(person)).to.equal(0);
  });

  it('offers other shoes than heels in the rain', async () => {
    const { uid, token } = await dressed();
    await stage.add(`${uid}/brogues.jpg`, { owner: uid, category: 'Formal Shoes' });
    const shoesIn = async (isRaining: boolean) => {
      const weather = { temperatureC: 15, isRaining };
      const { outfits } = await offer(token, { occasion: 'meeting', weather, count: 1 });
      return outfits[0]?.items[1]?.category;
    };

    expect([await shoesIn(false), await shoesIn(true)]).to.deep.equal(['Heels', 'Formal Shoes']);
  });

  it('plans days beside the events of the calendar, and remembers a corrected occasion', async () => {
    const { token } = await dressed();
    await stage.ask(token, 'PUT /v1/wardrobe/calendar', { ics: calendar(...BUDGET_MEETING) });
    const planned = await stage.read<Plan>(token, 'GET /v1/outfits?from=2026-11-30&to=2026-12-02');

    await stage.ask(token, 'PUT /v1/wardrobe/occasions', { title: 'budget  MEETING', occasion: 'casual' });

    expect(planned.days.map(({ day, occasion }) => [day, occasion])).to.deep.equal([
      ['2026-11-30', 'casual'],
      ['2026-12-01', 'meeting'],
      ['2026-12-02', 'casual'],
    ]);
    expect(planned.days[1]?.events).to.have.length(1);
    const tops = planned.days.flatMap(({ outfits: [best] }) => best?.items[0]?.category ?? []);
    expect(tops).to.deep.equal(['Tshirts', 'Shirts', 'Tshirts']);
    const again = await stage.read<Plan>(token, 'GET /v1/outfits?from=2026-12-01&to=2026-12-01');
    expect(again.days.map(({ occasion }) => occasion)).to.deep.equal(['casual']);
  });

  it('plans the last day of the year 9999', async () => {
    const { token } = await dressed();

    const { days } = await stage.read<Plan>(token, 'GET /v1/outfits?from=9999-12-31&to=9999-12-31');

    expect(days.map(({ day }) => day)).to.deep.equal(['9999-12-31']);
  });

  it('keeps the profile: a colour that the person avoids is not offered', async () => {
    const { token } = await dressed();
    const profile = {
      sizes: { shoes: '38' },
      style: ['plain'],
      liked: ['blue'],
      avoided: ['red'],
      climate: 'tropical',
    };

    await stage.ask(token, 'PUT /v1/wardrobe/profile', profile);

    expect(await stage.read(token, 'GET /v1/wardrobe')).to.deep.include({ profile });
  });

  it('refuses a profile with more than 50 sizes, and text with the character U+0000', async () => {
    const { token } = await dressed();
    const profile = { sizes: {}, style: [], liked: [], avoided: [], climate: 'north' };
    const sizes = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [index, 'M']));

    const answers = [
      await stage.ask(token, 'PUT /v1/wardrobe/profile', { ...profile, sizes }),
      await stage.ask(token, 'PUT /v1/wardrobe/profile', { ...profile, style: ['\0'] }),
      await stage.ask(token, 'POST /v1/outfits/a%00b/like'),
    ];

    expect(answers.map(({ status }) => status)).to.deep.equal([400, 400, 400]);
  });

  it('refuses an API key, a tenant without the feature, a token that has expired or is of another project or issuer, and an installation without a database', async () => {
    const off = new ApiStage();
    const noDatabase = new ApiStage({}, ON);
    off.clock.moveTo(stage.clock.now());
    noDatabase.clock.moveTo(stage.clock.now());
    const token = tokenOf('jane');

    const statuses = [
      (await stage.ask(await stage.key(SCOPES), 'GET /v1/wardrobe')).status,
      (await off.ask(token, 'GET /v1/wardrobe')).status,
      (await stage.ask(tokenOf('jane', {}, -1), 'GET /v1/wardrobe')).status,
      (await stage.ask(tokenOf('jane', { aud: 'another-project' }), 'GET /v1/wardrobe')).status,
      (await stage.ask(tokenOf('jane', { iss: 'https://issuer.example' }), 'GET /v1/wardrobe')).status,
      (await noDatabase.ask(token, 'GET /v1/wardrobe')).status,
    ];

    expect(statuses).to.deep.equal([403, 404, 401, 401, 401, 503]);
  });

  it('refuses a calendar of 50 MB and one of 6 MB, and keeps the calendar before', async () => {
    const { token } = await dressed();
    await stage.ask(token, 'PUT /v1/wardrobe/calendar', { ics: calendar(...BUDGET_MEETING) });

    const statuses = [];
    for (const megabytes of [50, 6]) {
      const ics = calendar('X'.repeat(megabytes * 1_000_000));
      statuses.push((await stage.ask(token, 'PUT /v1/wardrobe/calendar', { ics })).status);
    }

    const { days } = await stage.read<Plan>(token, 'GET /v1/outfits?from=2026-12-01&to=2026-12-01');
    expect(statuses).to.deep.equal([413, 400]);
    expect(days[0]?.events).to.have.length(1);
  });

  const REFUSED: Readonly<Record<string, readonly [request: string, body?: object]>> = {
    'a text that is no calendar': ['PUT /v1/wardrobe/calendar', { ics: 'hello' }],
    'the address of a metadata server': ['PUT /v1/wardrobe/calendar', { address: 'http://169.254.169.254/' }],
    'a file as an address': ['PUT /v1/wardrobe/calendar', { address: 'file:///etc/passwd' }],
    'a text and an address': [
      'PUT /v1/wardrobe/calendar',
      { ics: calendar(), address: 'https://example.com' },
    ],
    'too many days': ['GET /v1/outfits?from=2026-01-01&to=2026-12-31'],
    'days in reverse': ['GET /v1/outfits?from=2026-01-02&to=2026-01-01'],
    'an unknown occasion': ['POST /v1/outfits', { occasion: 'coronation' }],
    'too many outfits': ['POST /v1/outfits', { count: 11 }],
  };
  for (const [what, [request, body]] of Object.entries(REFUSED)) {
    it(`answers 400 to ${what}`, async () => {
      expect((await stage.ask(tokenOf('jane'), request, body)).status).to.equal(400);
    });
  }
});
