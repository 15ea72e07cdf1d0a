/** Calendars: which events become occasions of which day, and what of hostile ones is left out. */
import dns, { type LookupAddress } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import type { TimeZone } from '@hangtag/shared/domain/time-zone.js';
import { fetchCalendar, isPublicAddress } from '@hangtag/wardrobe/calendar/fetch-calendar.js';
import { readEvents } from '@hangtag/wardrobe/calendar/ics.js';
import { readCalendar } from '@hangtag/wardrobe/calendar/read-calendar.js';
import { occasionOf } from '@hangtag/wardrobe/engine/occasion.js';
import { occasionOfDay } from '@hangtag/wardrobe/wardrobe.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';

type LookupArguments = [
  host: string,
  options: object,
  answer: (error: null, addresses: readonly LookupAddress[]) => void,
];

const SETTING = { today: '2026-11-30' as Day, timeZone: 'Europe/Berlin' as TimeZone };

const servers: Server[] = [];
const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

function component(...lines: readonly string[]): readonly string[] {
  return ['BEGIN:VEVENT', ...lines, 'END:VEVENT'];
}

function event(...lines: readonly string[]): readonly string[] {
  return component('UID:e', 'SUMMARY:Meeting', ...lines);
}

function calendar(...lines: readonly string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR'].join('\r\n');
}

function read(...lines: readonly string[]) {
  return readEvents(calendar(...lines), SETTING);
}

/** All in the next days. */
function many(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => [
    'BEGIN:VEVENT',
    `UID:${index}`,
    `DTSTART:20261201T${String(index % 24).padStart(2, '0')}0000Z`,
    'END:VEVENT',
  ]).flat();
}

function daysOf(...lines: readonly string[]) {
  return read(...lines).events.map(({ day }) => day);
}

describe('A calendar', () => {
  it('has an event on the day of the person, whatever its zone', () => {
    const { events } = read(...event('DTSTART:20261130T233000Z', 'DTEND:20261201T003000Z'));

    expect(events).to.deep.equal([
      { id: 'e', title: 'Meeting', day: '2026-12-01', startsAt: '2026-11-30T23:30:00.000Z' },
    ]);
  });

  const ZONES = {
    'Asia/Jakarta': '2026-12-01T02:00:00.000Z',
    'Mars/Olympus_Mons': '2026-12-01T08:00:00.000Z',
  };
  for (const [zone, startsAt] of Object.entries(ZONES)) {
    it(`reads the zone ${zone}; one that does not exist is that of the person`, () => {
      const { events } = read(...event(`DTSTART;TZID=${zone}:20261201T090000`));

      expect(events.map((each) => each.startsAt)).to.deep.equal([startsAt]);
    });
  }

  it('may define a zone of its own', () => {
    const zone = ['BEGIN:VTIMEZONE', 'TZID:Office', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'];
    const offset = ['TZOFFSETFROM:+0300', 'TZOFFSETTO:+0300', 'END:STANDARD', 'END:VTIMEZONE'];

    const { events } = read(...zone, ...offset, ...event('DTSTART;TZID=Office:20261201T090000'));

    expect(events.map(({ startsAt }) => startsAt)).to.deep.equal(['2026-12-01T06:00:00.000Z']);
  });

  it('has a whole day on each of its days, without the one after its end', () => {
    const days = daysOf(...event('DTSTART;VALUE=DATE:20261201', 'DTEND;VALUE=DATE:20261204'));

    expect(days).to.deep.equal(['2026-12-01', '2026-12-02', '2026-12-03']);
  });

  it('repeats an event by its rule, without the days that are left out and with those that were moved', () => {
    const days = daysOf(
      ...event(
        'DTSTART;TZID=Europe/Berlin:20261201T090000',
        'RRULE:FREQ=WEEKLY;COUNT=4',
        'EXDATE;TZID=Europe/Berlin:20261208T090000',
      ),
      ...event(
        'RECURRENCE-ID;TZID=Europe/Berlin:20261215T090000',
        'DTSTART;TZID=Europe/Berlin:20261216T090000',
      ),
    );

    expect(days).to.deep.equal(['2026-12-01', '2026-12-16', '2026-12-22']);
  });

  it('has an event of 24 hours or more on each of its days, and a shorter one on its first day', () => {
    const conference = event('DTSTART:20261125T080000Z', 'DTEND:20261201T160000Z');
    const party = event('DTSTART:20261201T190000Z', 'DTEND:20261202T020000Z');

    expect(daysOf(...conference)).to.deep.equal(['2026-11-29', '2026-11-30', '2026-12-01']);
    expect(daysOf(...party)).to.deep.equal(['2026-12-01']);
  });

  it('has no event that is cancelled, and no cancelled occurrence of a repeated one', () => {
    const cancelled = event('DTSTART:20261201T090000Z', 'STATUS:CANCELLED');
    const days = daysOf(
      ...event('DTSTART:20261201T090000Z', 'RRULE:FREQ=DAILY;COUNT=3'),
      ...event('RECURRENCE-ID:20261202T090000Z', 'DTSTART:20261202T090000Z', 'STATUS:CANCELLED'),
    );

    expect(daysOf(...cancelled)).to.deep.equal([]);
    expect(days).to.deep.equal(['2026-12-01', '2026-12-03']);
  });

  const VERSIONS = {
    'the higher SEQUENCE': ['SEQUENCE:10', 'SEQUENCE:9'],
    'a SEQUENCE, where the other has none': ['SEQUENCE:1', 'DTSTAMP:20261130T090000Z'],
    'the later DTSTAMP, where SEQUENCE is the same': ['DTSTAMP:20261130T090000Z', 'DTSTAMP:20261129T090000Z'],
  };
  for (const [name, [later = '', earlier = '']] of Object.entries(VERSIONS)) {
    it(`has, of two versions of an event or of an occurrence, the one with ${name}`, () => {
      const moved = 'RECURRENCE-ID:20261201T090000Z';
      const series = event('DTSTART:20261201T090000Z', 'RRULE:FREQ=DAILY;COUNT=1');

      const days = daysOf(
        ...event('DTSTART:20261202T090000Z', later),
        ...event('DTSTART:20261203T090000Z', earlier),
      );
      const movedDays = daysOf(
        ...series,
        ...event(moved, 'DTSTART:20261204T090000Z', later),
        ...event(moved, 'DTSTART:20261205T090000Z', earlier),
      );

      expect([days, movedDays]).to.deep.equal([['2026-12-02'], ['2026-12-04']]);
    });
  }

  it('has each event of a file without UIDs', () => {
    const lines = ['02', '01', '02'].flatMap((day) => component(`DTSTART;VALUE=DATE:202612${day}`));

    expect(daysOf(...lines)).to.deep.equal(['2026-12-02', '2026-12-01', '2026-12-02']);
  });

  const RDATES = {
    'a day': ['DTSTART;VALUE=DATE:20261201', 'RDATE;VALUE=DATE:20261205'],
    'a period': ['DTSTART:20261201T090000Z', 'RDATE;VALUE=PERIOD:20261205T090000Z/PT2H'],
  };
  for (const [name, lines] of Object.entries(RDATES)) {
    it(`has its start, and the date of an RDATE that is ${name}`, () => {
      expect(daysOf(...event(...lines))).to.deep.equal(['2026-12-01', '2026-12-05']);
    });
  }

  const EXDATES = {
    'in another zone': ['EXDATE:20261202T080000Z'],
    'a day': ['EXDATE;VALUE=DATE:20261202'],
    'without a zone': ['EXDATE:20261202T090000'],
    'after two that exclude nothing': ['EXDATE:20261130T080000Z,20261130T090000Z,20261202T080000Z'],
  };
  for (const [name, lines] of Object.entries(EXDATES)) {
    it(`leaves out an occurrence by an EXDATE ${name}`, () => {
      const rule = ['DTSTART;TZID=Europe/Berlin:20261201T090000', 'RRULE:FREQ=DAILY;COUNT=3'];

      expect(daysOf(...event(...rule, ...lines))).to.deep.equal(['2026-12-01', '2026-12-03']);
    });
  }

  it('ends a rule at its last occurrence, and moves one, where both are in UTC and the zone is only named', () => {
    const days = daysOf(
      ...event('DTSTART;TZID=Europe/Berlin:20261202T090000', 'RRULE:FREQ=DAILY;UNTIL=20261204T080000Z'),
      ...event('RECURRENCE-ID:20261203T080000Z', 'DTSTART:20261130T080000Z'),
    );

    expect(days).to.deep.equal(['2026-12-02', '2026-11-30', '2026-12-04']);
  });

  it('takes a zone without a name or without offsets as one that it does not define', () => {
    const zones = ['BEGIN:VTIMEZONE', 'END:VTIMEZONE', 'BEGIN:VTIMEZONE', 'TZID:Office', 'END:VTIMEZONE'];

    const { events } = read(...zones, ...event('DTSTART;TZID=Office:20261201T090000'));

    expect(events.map(({ startsAt }) => startsAt)).to.deep.equal(['2026-12-01T08:00:00.000Z']);
  });

  it('may begin with a byte order mark, and more calendars may follow in the file', () => {
    const lines = ['01', '02'].map((day) => calendar(...component(`DTSTART;VALUE=DATE:202612${day}`)));

    const { events } = readEvents(`\uFEFF${lines.join('\r\n')}`, SETTING);

    expect(events.map(({ day }) => day)).to.deep.equal(['2026-12-01', '2026-12-02']);
  });

  it('has titles of one line that a database can store', () => {
    const summary = `SUMMARY:a\0b\\n${'🎉'.repeat(99)}`;

    const { events } = read(...component('DTSTART:20261201T090000Z', summary));

    expect(events.map(({ title }) => title)).to.deep.equal([`a b ${'🎉'.repeat(98)}`]);
  });

  it('keeps the hour of the wall clock of a repeated event when clocks change', () => {
    const setting = { ...SETTING, today: '2026-10-20' as Day };
    const lines = event('DTSTART;TZID=Europe/Berlin:20261022T090000', 'RRULE:FREQ=WEEKLY;COUNT=2');

    const { events } = readEvents(calendar(...lines), setting);

    expect(events.map(({ startsAt }) => startsAt?.slice(11, 16))).to.deep.equal(['07:00', '08:00']);
  });

  it('has no event of 1970, and the next days of a rule since 1970 that never ends', () => {
    expect(daysOf(...event('DTSTART:19700101T090000Z'))).to.deep.equal([]);

    const { events, leftOut } = read(...event('DTSTART:19700101T090000Z', 'RRULE:FREQ=DAILY'));

    expect(events).to.have.length(62);
    expect(leftOut).to.deep.equal([]);
  });

  it('has the next days of a rule since the year 1 that never ends', () => {
    const { events, leftOut } = read(...event('DTSTART:00010101T090000', 'RRULE:FREQ=DAILY'));

    expect(events).to.have.length(62);
    expect(leftOut).to.deep.equal([]);
  });

  const PACES = [
    ['20250303T101500', 'FREQ=DAILY;INTERVAL=3'],
    ['20250303T101500', 'FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE'],
    ['20250101T101500', 'FREQ=DAILY;BYMONTH=12;UNTIL=20261210T000000'],
    ['20250305T101500', 'FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU;WKST=SU'],
    ['20250305T101500', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=MO'],
    ['20250305T101500', 'FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1'],
    ['20250305T101500', 'FREQ=HOURLY;INTERVAL=37'],
    ['20260801T101500', 'FREQ=MINUTELY;INTERVAL=1001'],
  ] as const;
  for (const [start, rule] of PACES) {
    it(`has the same occurrences with and without a count of all of them: ${rule}`, () => {
      const occurrences = (lines: string) =>
        read(...event(`DTSTART;TZID=Europe/Berlin:${start}`, lines)).events;
      const counted = occurrences(`RRULE:${rule.replace(/;UNTIL=.*/, '')};COUNT=30000`);
      const [, until = '20991231'] = /UNTIL=(\d{4}\d\d\d\d)/.exec(rule) ?? [];

      const found = occurrences(`RRULE:${rule}`);

      expect(found).to.not.deep.equal([]);
      expect(found).to.deep.equal(counted.filter(({ day }) => day.replaceAll('-', '') < until));
    });
  }

  it('with a rule of too many steps loses this event only, and says so', () => {
    const { events, leftOut } = read(
      ...event('DTSTART:20260201T090000Z', 'RRULE:FREQ=SECONDLY;COUNT=100000'),
      'BEGIN:VEVENT',
      'UID:other',
      'DTSTART:20261201T090000Z',
      'END:VEVENT',
    );

    expect(events.map(({ id }) => id)).to.deep.equal(['other']);
    expect(leftOut).to.deep.equal([{ title: 'Meeting', why: 'Expected rules of at most 50000 occurrences' }]);
  });

  it('with a rule of each minute loses this event only, and leaves the steps to the others', () => {
    const { events, leftOut } = read(
      ...event('DTSTART:20261201T090000Z', 'RRULE:FREQ=MINUTELY'),
      ...component('UID:daily', 'SUMMARY:Run', 'DTSTART:20261201T060000Z', 'RRULE:FREQ=DAILY;COUNT=3'),
    );

    expect(events.map(({ title, day }) => `${title} ${day}`)).to.deep.equal([
      'Run 2026-12-01',
      'Run 2026-12-02',
      'Run 2026-12-03',
    ]);
    expect(leftOut).to.deep.equal([
      { title: 'Meeting', why: 'Expected at most 2000 occurrences of an event' },
    ]);
  });

  for (const start of ['DTSTART;VALUE=DATE:20270128', 'DTSTART:20270128T090000Z']) {
    it(`has an event that ends after the year 9999 on each of its days: ${start}`, () => {
      expect(daysOf(...event(start, 'DURATION:P3000000D'))).to.deep.equal(['2027-01-28', '2027-01-29']);
    });
  }

  it('has an event of a negative duration on its first day', () => {
    expect(daysOf(...event('DTSTART:20261201T090000Z', 'DURATION:-P99999999999D'))).to.deep.equal([
      '2026-12-01',
    ]);
  });

  it('of 10,000 events gives those of the next days, at most 2,000', () => {
    const found = read(...many(10_000));

    expect(found.events).to.have.length(2_000);
    expect(found.leftOut).to.have.length(1);
    expect(read(...many(2_000)).leftOut).to.deep.equal([]);
  });

  for (const text of [
    '',
    'hello',
    '<html></html>',
    'BEGIN:VCARD\nEND:VCARD',
    'BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR',
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(() => readEvents(text, SETTING))
        .to.throw(/Expected/)
        .with.property('kind', 'input');
    });
  }

  it('may have events without a start: they are left out, and the others are read', () => {
    const nonsense = Array.from({ length: 120 }, () => component('DTSTART:nonsense')).flat();

    const { events, leftOut } = read(...component(), ...nonsense, ...event('DTSTART:20261201T090000Z'));

    expect(events).to.have.length(1);
    expect(leftOut).to.have.length(101);
    expect(leftOut[0]?.why).to.equal(
      'Expected DTSTART:20261201T090000 or DTSTART;VALUE=DATE:20261201 but received another',
    );
    expect(leftOut[100]?.why).to.equal('21 more events are left out');
  });

  it('is read although a UID, a title or a RECURRENCE-ID is not of its type', () => {
    const { events, leftOut } = read(
      ...['BEGIN:VTIMEZONE', 'TZID;VALUE=DATE:x', 'BEGIN:STANDARD', 'END:STANDARD', 'END:VTIMEZONE'],
      ...component('UID;VALUE=DATE:x', 'SUMMARY;VALUE=DATE-TIME:x', 'DTSTART;VALUE=DATE:20261201'),
      ...component('UID:a\0b', 'STATUS;VALUE=DATE-TIME:x', 'DTSTART;VALUE=DATE:20261202'),
      ...event('DTSTART;VALUE=DATE:20261203'),
      ...event('RECURRENCE-ID:x', 'DTSTART;VALUE=DATE:20261204'),
    );

    expect(events.map(({ id, day }) => `${id} ${day}`)).to.deep.equal([
      'event-0 2026-12-01',
      'a b 2026-12-02',
      'e 2026-12-03',
      'e 2026-12-04',
    ]);
    expect(leftOut).to.deep.equal([]);
  });

  const BROKEN = {
    'a line that is no property': 'no property',
    'a frequency that does not exist': 'RRULE:FREQ=FOO',
    'a rule without a frequency': 'RRULE:COUNT=3',
    'a part that does not end': 'BEGIN:VALARM',
  };
  for (const [name, line] of Object.entries(BROKEN)) {
    it(`with an event that has ${name} names this event, and has the others`, () => {
      const { events, leftOut } = read(
        ...component('UID:before', 'DTSTART:20261201T090000Z'),
        ...event('DTSTART:20261201T100000Z', line),
        ...component('UID:after', 'DTSTART:20261201T110000Z'),
      );

      expect(events.map(({ id }) => id)).to.deep.equal(['before', 'after']);
      expect(leftOut.map(({ title }) => title)).to.deep.equal(['Meeting']);
      expect(leftOut[0]?.why).to.match(/no property|FOO|Expected RRULE:FREQ=DAILY|did not end/);
    });
  }

  it('has the events around an end of a part that did not begin', () => {
    const { events, leftOut } = read(
      ...['BEGIN:VTODO', 'END:VFOO', 'END:VTODO', 'END:VTODO'],
      ...component('UID:before', 'DTSTART:20261201T090000Z', 'END:VFOO'),
      ...component('UID:around', 'BEGIN:VALARM', 'END:valarm ', 'END:VALARM', 'DTSTART:20261201T100000Z'),
      ...component('UID:after', 'DTSTART:20261201T110000Z'),
    );

    expect(events.map(({ id }) => id)).to.deep.equal(['before', 'around', 'after']);
    expect(leftOut).to.deep.equal([]);
  });

  it('of one event with a line that is no property is refused with this line', () => {
    expect(() => read(...event('DTSTART:20261201T090000Z', 'no property')))
      .to.throw('"no property"')
      .with.property('kind', 'input');
  });
});

describe('A calendar that is read in a thread', () => {
  const endless = event('DTSTART:20261201T090000Z', 'RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30');

  it('lets the process answer before its 10,000 events are read', async () => {
    const server = await serve((_, response) => response.end('answer'));
    let isRead = false;
    const reading = readCalendar(calendar(...many(10_000)), SETTING).finally(() => {
      isRead = true;
    });

    const answer = await (await fetch(server)).text();

    expect({ answer, isRead }).to.deep.equal({ answer: 'answer', isRead: false });
    expect((await reading).events).to.have.length(2_000);
  });

  it('is refused if a rule never ends, and the next one is read', async () => {
    const refused = rejection(readCalendar(calendar(...endless), SETTING, 500));
    const next = await readCalendar(calendar(...event('DTSTART:20261201T090000Z')), SETTING);

    expect(await refused).to.include({ kind: 'input' });
    expect(next.events).to.have.length(1);
  });

  it('is refused if it takes too much memory', async () => {
    const error = await rejection(readCalendar(calendar('A:\n'.repeat(4_000_000)), SETTING, 50_000));

    expect(error).to.have.property('message').that.includes('256 MiB');
  });

  it('is refused with the reason if it is no calendar', async () => {
    expect(await rejection(readCalendar('hello', SETTING)))
      .to.include({ kind: 'input' })
      .and.to.have.property('message')
      .that.includes('received another text');
  });

  it('is not read if ten others wait', async () => {
    const waiting = Array.from({ length: 10 }, () => readCalendar(calendar(), SETTING));

    expect(await rejection(readCalendar(calendar(), SETTING))).to.include({ kind: 'transient' });
    expect(await Promise.all(waiting)).to.have.length(10);
  });
});

describe('The occasion of an event', () => {
  const TITLES = {
    'Client meeting with Ann': 'meeting',
    Kundentermin: 'meeting',
    'Rapat anggaran': 'meeting',
    'Wedding dinner of Tom': 'ceremony',
    'Hochzeit von Eva': 'ceremony',
    'Resepsi pernikahan': 'ceremony',
    Geburtstagsfeier: 'party',
    Running: 'sport',
    'Olahraga pagi': 'sport',
    Büro: 'work',
    Dentist: 'casual',
    '': 'casual',
  };
  for (const [title, occasion] of Object.entries(TITLES)) {
    it(`${title || 'without a title'} is ${occasion}`, () => {
      expect(occasionOf(title)).to.equal(occasion);
    });
  }

  it('of a day is the most formal one of its events', () => {
    const events = ['Gym', 'Client meeting', 'Lunch'].map((title, index) => {
      return { id: String(index), day: SETTING.today, startsAt: null, title };
    });

    expect(occasionOfDay(events, new Map())).to.equal('meeting');
    expect(occasionOfDay(events, new Map([['gym', 'ceremony']]))).to.equal('ceremony');
    expect(occasionOfDay([], new Map())).to.equal('casual');
  });
});

describe('The address of a calendar', () => {
  const loopback = (address: string) => address === '127.0.0.1';

  for (const address of [
    '10.1.2.3',
    '127.0.0.1',
    '169.254.169.254',
    '192.168.1.1',
    '::1',
    '::ffff:10.0.0.1',
    'fd00::1',
    'x',
  ]) {
    it(`is not ${address}`, () => {
      expect(isPublicAddress(address)).to.equal(false);
    });
  }

  it('is a public one', () => {
    expect(['8.8.8.8', '2606:4700:4700::1111'].map(isPublicAddress)).to.deep.equal([true, true]);
  });

  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', 'localhost']) {
    it(`is refused before a request is sent to ${host}`, async () => {
      let requests = 0;
      const listener: RequestListener = (_, response) => {
        requests += 1;
        response.end();
      };
      const { port } = new URL(await serve(listener));

      const error = await rejection(fetchCalendar(`http://${host}:${port}/`));

      expect(error).to.include({ kind: 'input' });
      expect(requests).to.equal(0);
    });
  }

  it('is refused if one of the addresses of its name is not public', async () => {
    const addresses = ['8.8.8.8', '10.1.2.3'].map((address) => ({ address, family: 4 }));
    const { lookup } = dns;
    Object.assign(dns, { lookup: (...[, , answer]: LookupArguments) => answer(null, addresses) });
    syncBuiltinESMExports();

    try {
      expect(await rejection(fetchCalendar('http://calendar.example/'))).to.have.property(
        'message',
        'Expected a public address but received calendar.example',
      );
    } finally {
      Object.assign(dns, { lookup });
      syncBuiltinESMExports();
    }
  });

  it('may redirect, but not to an address that is not allowed', async () => {
    const target = await serve((_, response) => response.end('calendar'));
    const fine = await serve((_, response) => response.writeHead(302, { location: target }).end());
    const bad = await serve((_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    );

    expect(await fetchCalendar(fine, loopback)).to.equal('calendar');
    expect(await rejection(fetchCalendar(bad, loopback))).to.have.property(
      'message',
      'Expected a public address but received 169.254.169.254',
    );
  });

  it('may begin with webcal, which stands for https', async () => {
    const error = await rejection(fetchCalendar('webcal://127.0.0.1/calendar.ics'));

    expect(error).to.have.property('message', 'Expected a public address but received 127.0.0.1');
  });

  it('is not followed in a circle', async () => {
    const circle = await serve((_, response) => response.writeHead(302, { location: '/' }).end());

    expect(await rejection(fetchCalendar(circle, loopback))).to.include({ kind: 'input' });
  });

  it('is read up to 5 MB', async () => {
    let sent = 0;
    const piece = Buffer.alloc(100_000);
    const endless = await serve((_, response) => {
      const write = () => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
      };
      response.on('drain', write);
      write();
    });

    expect(await rejection(fetchCalendar(endless, loopback))).to.have.property(
      'message',
      'Expected a calendar of at most 5000000 bytes but received more',
    );
    expect(sent).to.be.below(50_000_000);
  });

  it('has to answer with 200', async () => {
    const missing = await serve((_, response) => response.writeHead(404).end());

    expect(await rejection(fetchCalendar(missing, loopback))).to.include({ kind: 'input' });
  });
});
