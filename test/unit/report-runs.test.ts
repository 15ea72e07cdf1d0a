/** The times at which reports are made, and their announcements. */

import { daysDue } from '@hangtag/functions/report/days-due.js';
import { report } from '@hangtag/functions/report/handler.js';
import { answerReport } from '@hangtag/functions/report/on-demand.js';
import { reportWhatIsDue } from '@hangtag/functions/report/schedule.js';
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { addDays } from '@hangtag/shared/domain/report/day-window.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { DAY, WINDOW } from '../fixtures/day-rows.js';
import { rejection } from '../support/rejection.js';
import { FAILED, IN_EVERY_FILE, ReportStage, usualDay } from '../support/report-stage.js';

const COMMAND = { tenant: DEFAULT_TENANT, day: DAY };

describe('The report on demand', () => {
  it('covers yesterday if no day is named', async () => {
    const stage = await usualDay();
    const answer = await answerReport({ method: 'POST', body: undefined }, stage.ports);
    expect(answer).to.deep.include({ status: 200 });
    expect(answer.body).to.include({ day: DAY, tenant: 'default' });
  });

  for (const body of [
    { day: '2026-02-30' },
    { day: 'x' },
    { tenant: '../x' },
    { dya: '2026-01-02' },
    'text',
    7,
  ]) {
    it(`answers with the error of ${JSON.stringify(body)}`, async () => {
      const stage = new ReportStage();
      expect((await answerReport({ method: 'POST', body }, stage.ports)).status).to.equal(400);
    });
  }

  it('answers to an invalid day with the expected form', async () => {
    const stage = new ReportStage();
    const { body } = await answerReport({ method: 'POST', body: { day: 'x' } }, stage.ports);
    expect(body).to.deep.equal({ error: 'Expected a date as YYYY-MM-DD for the day but received "x"' });
  });

  it('is refused for a tenant without records, whose name may be wrong', async () => {
    const stage = await usualDay();

    const answer = await answerReport({ method: 'POST', body: { tenant: 'typo' } }, stage.ports);

    const error = 'Expected a tenant with images but found none of "typo"';
    expect(answer).to.deep.equal({ status: 400, body: { error } });
    expect(await stage.files()).to.have.property('size', 0);
  });

  it('is not started by a GET request', async () => {
    const stage = await usualDay();
    expect((await answerReport({ method: 'GET', body: {} }, stage.ports)).status).to.equal(405);
    expect(await stage.files()).to.have.property('size', 0);
  });
});

describe('The report of today so far', () => {
  const FOLDER = 'reports/default/today/';
  const today = async () => {
    const stage = new ReportStage();
    await stage.image('returns/1.jpg', IN_EVERY_FILE);
    await stage.image('returns/2.jpg', FAILED);
    stage.clock.nowMs += 7_200_000;
    return stage;
  };

  it('is marked as incomplete, is not archived, and sends neither alerts nor a message', async () => {
    const stage = await today();

    const { status, body } = await answerReport({ method: 'POST', body: { day: 'today' } }, stage.ports);

    expect(status).to.equal(200);
    expect(body).to.include({
      outcome: 'reported-so-far',
      day: DAY,
      received: 2,
      balanced: true,
      folder: FOLDER,
    });
    expect(JSON.parse(await stage.file('report.json', FOLDER))).to.deep.include({
      isSoFar: true,
      window: { from: '2026-01-02T00:00:00.000Z', to: '2026-01-02T03:00:00.000Z' },
    });
    expect(await stage.file('report.html', FOLDER)).to.include('Not the whole day.');
    expect(await stage.file('images.csv', FOLDER)).to.include('returns/1.jpg');
    expect(await stage.ports.archive.latest(DEFAULT_TENANT)).to.equal(undefined);
    expect({ alerts: stage.alerts, messages: stage.messages }).to.deep.equal({ alerts: [], messages: [] });
  });

  it('is replaced by the next one, and leaves the day due', async () => {
    const stage = await today();
    await report(COMMAND, stage.ports);
    const first = [...(await stage.files()).keys()];
    await stage.image('returns/1.jpg');
    stage.clock.nowMs += 7_200_000;

    await report(COMMAND, stage.ports);

    const names = ['images.csv', 'inventory.csv', 'report.html', 'report.json'].map(
      (name) => `${FOLDER}${name}`,
    );
    const ofImage = ['owners.jsonl', 'trial.csv', 'unlike.csv', 'colours.csv'].map(
      (name) => `${FOLDER}${name}`,
    );
    expect(first).to.have.members([...names, ...ofImage]);
    expect([...(await stage.files()).keys()]).to.have.members(names);
    stage.moveToMorning();
    expect(await daysDue(DEFAULT_TENANT, stage.ports)).to.deep.equal([DAY]);
    await reportWhatIsDue(stage.ports);
    expect(await stage.file('report.json')).not.to.include('isSoFar');
  });
});

describe('The schedule of reports', () => {
  it('has yesterday due from half past two, and not a minute before', async () => {
    const stage = await usualDay();
    expect(await daysDue(DEFAULT_TENANT, stage.ports)).to.deep.equal([DAY]);
    stage.clock.nowMs -= 60_000;
    expect(await daysDue(DEFAULT_TENANT, stage.ports)).to.deep.equal([addDays(DAY, -1)]);
  });

  it('follows the time zone', async () => {
    const stage = await usualDay();
    const timeZone = parseTimeZone('America/New_York');
    expect(await daysDue(DEFAULT_TENANT, { ...stage.ports, timeZone })).to.deep.equal([addDays(DAY, -1)]);
  });

  it('uses the time zone of the tenant for schedule and day', async () => {
    const stage = await usualDay();
    await stage.image('tenants/acme/1.jpg');
    stage.moveToMorning();
    const acme = 'acme' as TenantId;
    const tenantTimeZones = new Map([[acme, parseTimeZone('America/New_York')]]);
    const ports = { ...stage.ports, tenantTimeZones };

    const due = [await daysDue(DEFAULT_TENANT, ports), await daysDue(acme, ports)];
    await report({ tenant: acme, day: addDays(DAY, -1) }, ports);

    expect(due).to.deep.equal([[DAY], [addDays(DAY, -1)]]);
    const { timeZone, window } = JSON.parse(await stage.file('report.json', 'reports/acme/2026-01-01/'));
    expect(timeZone).to.equal('America/New_York');
    expect(window).to.deep.equal({ from: '2026-01-01T05:00:00.000Z', to: '2026-01-02T05:00:00.000Z' });
  });

  it('makes up for missed days, oldest first, and then nothing is due', async () => {
    const stage = await usualDay();
    await reportWhatIsDue(stage.ports);
    stage.moveToMorning(4);

    expect(await daysDue(DEFAULT_TENANT, stage.ports)).to.deep.equal(
      [1, 2, 3].map((days) => addDays(DAY, days)),
    );
    await reportWhatIsDue(stage.ports);

    expect(await daysDue(DEFAULT_TENANT, stage.ports)).to.deep.equal([]);
  });

  it('tries a day again that failed, although later days have their reports', async () => {
    const stage = await usualDay();
    const { rows } = stage.ports.records;
    stage.ports.records.rows = (tenant, window) => {
      if (window.fromMs === WINDOW.fromMs) throw new Error('no');
      return rows.call(stage.ports.records, tenant, window);
    };
    stage.moveToMorning(3);
    await rejection(reportWhatIsDue(stage.ports));
    expect([...(await stage.ports.archive.since(DEFAULT_TENANT, DAY)).keys()]).to.deep.equal([
      addDays(DAY, 1),
      addDays(DAY, 2),
    ]);
    stage.ports.records.rows = rows;
    stage.clock.nowMs += 3_600_000;

    await reportWhatIsDue(stage.ports);

    expect((await stage.ports.archive.find(DEFAULT_TENANT, DAY))?.report.totals.received).to.equal(5);
    expect(await daysDue(DEFAULT_TENANT, stage.ports)).to.deep.equal([]);
  });

  it('skips days older than a week, and days before the first image', async () => {
    const stage = await usualDay();
    stage.moveToMorning(6);
    const firstDays = await daysDue(DEFAULT_TENANT, stage.ports);
    stage.moveToMorning(8);

    expect(firstDays).to.deep.equal([0, 1, 2, 3, 4, 5].map((days) => addDays(DAY, days)));
    expect(await daysDue(DEFAULT_TENANT, stage.ports)).to.deep.equal([addDays(DAY, 7)]);
  });

  it('begins with another tenant each hour, so that a tenant that ends the process does not stop the others', async () => {
    const stage = await usualDay();
    for (const tenant of ['acme', 'bravo']) await stage.image(`tenants/${tenant}/1.jpg`);
    stage.moveToMorning();
    const begun: TenantId[] = [];
    stage.ports.records.rows = (tenant) => {
      begun.push(tenant);
      throw new Error('no');
    };

    const firstOfEachHour: (TenantId | undefined)[] = [];
    for (let hour = 0; hour < 3; hour += 1) {
      await rejection(reportWhatIsDue(stage.ports));
      firstOfEachHour.push(begun.splice(0)[0]);
      stage.clock.nowMs += 3_600_000;
    }

    expect(firstOfEachHour).to.have.members(['default', 'acme', 'bravo']);
  });

  it('stops at its time limit, and leaves the files of the day as they were', async () => {
    const stage = await usualDay();
    await stage.image('tenants/acme/1.jpg');
    stage.moveToMorning();
    const deadline = new AbortController();
    const { rows } = stage.ports.records;
    const begun: TenantId[] = [];
    stage.ports.records.rows = (tenant, window) => {
      begun.push(tenant);
      deadline.abort(new TransientError('Expected report to end within 1800 s'));
      return rows.call(stage.ports.records, tenant, window);
    };

    const error = await rejection(reportWhatIsDue({ ...stage.ports, signal: deadline.signal }));

    expect(error).to.be.instanceOf(AggregateError);
    expect(begun).to.have.length(1);
    expect(await stage.files()).to.have.property('size', 0);
  });

  it('finds the days of other tenants if those of one cannot be read', async () => {
    const stage = await usualDay();
    await stage.image('tenants/acme/1.jpg');
    stage.moveToMorning();
    const { since } = stage.ports.archive;
    stage.ports.archive.since = (tenant, first) => {
      if (tenant === ('acme' as TenantId)) throw new TypeError('damaged');
      return since.call(stage.ports.archive, tenant, first);
    };

    const error = await rejection(reportWhatIsDue(stage.ports));

    expect(error).to.be.instanceOf(AggregateError);
    const [line] = stage.logged.filter(({ outcome }) => outcome === 'report-failed');
    expect(line).to.include({ tenant: 'acme', severity: 'ERROR' });
    expect(await stage.file('report.json')).to.include('"received": 5');
  });

  it("reports the other tenants if one tenant's report fails, and then fails", async () => {
    const stage = await usualDay();
    await stage.image('tenants/acme/1.jpg');
    stage.moveToMorning();
    const { rows } = stage.ports.records;
    stage.ports.records.rows = (tenant, window) => {
      if (tenant === ('acme' as TenantId)) throw new Error('no');
      return rows.call(stage.ports.records, tenant, window);
    };

    const outcome = await reportWhatIsDue(stage.ports).catch((error: unknown) => error);

    expect(outcome).to.be.instanceOf(AggregateError);
    expect(await stage.file('report.json')).to.include('"received": 5');
  });
});

describe('A report that could not be announced', () => {
  for (const [what, breakIt] of Object.entries({
    people: (stage: ReportStage, failure: () => never) => {
      const notifier = { channel: 'broken', notify: async () => failure() };
      return { ...stage.ports, alerts: { ...stage.ports.alerts, notifiers: [notifier] } };
    },
    programs: (stage: ReportStage, failure: () => never) => ({
      ...stage.ports,
      publisher: { publish: async () => failure() },
    }),
  })) {
    it(`is stored, and announced by the next run: ${what}`, async () => {
      const stage = new ReportStage();
      await stage.image('returns/1.jpg', FAILED);
      stage.moveToMorning();
      const broken = breakIt(stage, () => {
        throw new Error('nobody there');
      });

      const outcome = await reportWhatIsDue(broken).catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(AggregateError);
      expect(await stage.ports.archive.find(DEFAULT_TENANT, DAY)).not.to.equal(undefined);
      await reportWhatIsDue(stage.ports);

      expect(stage.alerts.map(({ condition }) => condition)).to.deep.equal(['many-failures']);
      expect(stage.messages, 'at least once').not.to.be.empty;
      expect(await daysDue(DEFAULT_TENANT, stage.ports), 'and no more').to.deep.equal([]);
    });
  }
});

describe('The alerts of a report', () => {
  it('are raised once, and resolved by the next day without the cause', async () => {
    const stage = new ReportStage();
    await stage.image('returns/1.jpg', FAILED);
    stage.moveToMorning();
    await report(COMMAND, stage.ports);
    await report(COMMAND, stage.ports);
    expect(stage.alerts.map(({ phase }) => phase)).to.deep.equal(['firing']);
    stage.moveToMorning(2);

    await report({ ...COMMAND, day: addDays(DAY, 1) }, stage.ports);

    expect(stage.alerts.map(({ phase, condition }) => [phase, condition])).to.deep.equal([
      ['firing', 'many-failures'],
      ['resolved', 'many-failures'],
    ]);
    expect(new Set(stage.alerts.map(({ id }) => id))).to.have.property('size', 1);
  });

  it('are not changed by an old day that is reported again', async () => {
    const stage = new ReportStage();
    await stage.image('returns/1.jpg', FAILED);
    stage.moveToMorning(2);

    await report(COMMAND, stage.ports);

    expect(stage.alerts).to.deep.equal([]);
  });
});
