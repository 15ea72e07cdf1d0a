import { heartbeat } from '@hangtag/functions/alerts/heartbeat.js';
import { sendModelAlert, sendTenantModelAlert } from '@hangtag/functions/alerts/model-alert.js';
import { type AlertPorts, sendAlerts } from '@hangtag/functions/alerts/send-alerts.js';
import { report } from '@hangtag/functions/report/handler.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { requestAction } from '@hangtag/functions/sweep/request-action.js';
import { sendSlowSweepAlert } from '@hangtag/functions/sweep/slow-sweep-alert.js';
import { MemoryAlertStore } from '@hangtag/shared/adapters/memory/alert-store.js';
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { addDays } from '@hangtag/shared/domain/report/day-window.js';
import { finding } from '@hangtag/shared/domain/report/findings.js';
import { ModelError, TransientError } from '@hangtag/shared/errors.js';
import { createLog } from '@hangtag/shared/log.js';
import type { Alert, Notifier } from '@hangtag/shared/ports/notifier.js';
import { expect } from 'chai';
import { DAY } from '../fixtures/day-rows.js';
import { rejection } from '../support/rejection.js';
import { ReportStage } from '../support/report-stage.js';
import { BUCKET, request, SweepWorld } from '../support/sweep-world.js';

const HOUR_MS = 3_600_000;
const HOLDS = { condition: 'drift', finding: finding('drift', 'It moved.') } as const;
const OVER = { condition: 'drift', finding: undefined } as const;

class AlertStage {
  nowMs = 1_000_000;
  readonly sent: Alert[] = [];
  /** Failures to come of the first channel. */
  failures = 0;

  readonly #flaky: Notifier = {
    channel: 'flaky',
    notify: async (alert) => {
      if (this.failures > 0) {
        this.failures -= 1;
        throw new TransientError('no');
      }
      this.sent.push(alert);
    },
  };

  readonly ports: AlertPorts = {
    store: new MemoryAlertStore(),
    notifiers: [this.#flaky],
    clock: { now: () => this.nowMs },
    coolDownMs: 20 * HOUR_MS,
    log: createLog({ write: () => undefined }),
  };

  look(observation: typeof HOLDS | typeof OVER): Promise<void> {
    return sendAlerts(DEFAULT_TENANT, [observation], this.ports);
  }

  get phases(): readonly string[] {
    return this.sent.map(({ phase }) => phase);
  }
}

describe('An alert', () => {
  it('is sent when its condition holds, and not again before the cool-down is over', async () => {
    const stage = new AlertStage();
    await stage.look(HOLDS);
    stage.nowMs += 20 * HOUR_MS - 1;
    await stage.look(HOLDS);
    expect(stage.phases).to.deep.equal(['firing']);

    stage.nowMs += 1;
    await stage.look(HOLDS);

    expect(stage.phases, 'control: after the cool-down').to.deep.equal(['firing', 'firing']);
    expect(stage.sent[0]?.id).to.equal(stage.sent[1]?.id);
  });

  it('is sent as resolved once, if it was sent as firing before', async () => {
    const stage = new AlertStage();
    await stage.look(OVER);
    expect(stage.phases, 'nothing was sent').to.deep.equal([]);
    await stage.look(HOLDS);
    stage.nowMs += 1;
    await stage.look(OVER);
    await stage.look(OVER);

    expect(stage.phases).to.deep.equal(['firing', 'resolved']);
    expect(stage.sent[1]?.id, 'one incident').to.equal(stage.sent[0]?.id);
  });

  it('is sent at once when the condition holds again, as another incident', async () => {
    const stage = new AlertStage();
    await stage.look(HOLDS);
    await stage.look(OVER);
    stage.nowMs += 1;
    await stage.look(HOLDS);

    expect(stage.phases).to.deep.equal(['firing', 'resolved', 'firing']);
    expect(stage.sent[2]?.id).not.to.equal(stage.sent[0]?.id);
  });

  it('is sent by one of many workers that observe it at once', async () => {
    const stage = new AlertStage();
    await Promise.all(Array.from({ length: 8 }, () => stage.look(HOLDS)));
    expect(stage.phases).to.deep.equal(['firing']);
  });

  it('fails if no channel accepts it, and is sent by the next attempt', async () => {
    const stage = new AlertStage();
    stage.failures = 1;

    expect(await rejection(stage.look(HOLDS))).to.be.instanceOf(TransientError);
    expect(stage.phases).to.deep.equal([]);
    await stage.look(HOLDS);

    expect(stage.phases).to.deep.equal(['firing']);
  });

  it('counts as sent if one of two channels accepts it', async () => {
    const stage = new AlertStage();
    const broken: Notifier = {
      channel: 'broken',
      notify: async () => Promise.reject(new TransientError('no')),
    };
    const ports = { ...stage.ports, notifiers: [broken, ...stage.ports.notifiers] };

    await sendAlerts(DEFAULT_TENANT, [HOLDS], ports);
    await sendAlerts(DEFAULT_TENANT, [HOLDS], ports);

    expect(stage.phases).to.deep.equal(['firing']);
  });

  it('is sent by another worker if the one that claimed it died', async () => {
    const stage = new AlertStage();
    const dying: Notifier = { channel: 'dying', notify: () => new Promise(() => undefined) };
    void sendAlerts(DEFAULT_TENANT, [HOLDS], { ...stage.ports, notifiers: [dying] });
    await stage.look(HOLDS);
    expect(stage.phases, 'still claimed').to.deep.equal([]);

    stage.nowMs += 120_001;
    await stage.look(HOLDS);

    expect(stage.phases).to.deep.equal(['firing']);
  });
});

describe('A slow sweep', () => {
  const sweeping = async (minutes: number) => {
    const world = new SweepWorld();
    await world.upload('a.jpg');
    const begun = await sweep(request(), world.ports({ timeBudgetMs: 0 }));
    world.letTimePass(minutes * 60_000);
    return { begun, world, finish: () => sweep(request(), world.ports()) };
  };

  it('sends an alert above a quarter of an hour, and its end with a faster one', async () => {
    const stage = new AlertStage();
    const slow = await sweeping(16);
    const fast = await sweeping(15);

    await sendSlowSweepAlert(await slow.finish(), stage.ports);
    await sendSlowSweepAlert(await fast.finish(), stage.ports);

    expect(stage.sent.map(({ condition, phase }) => [condition, phase])).to.deep.equal([
      ['slow-sweep', 'firing'],
      ['slow-sweep', 'resolved'],
    ]);
    expect(stage.sent[0]?.text).to.equal('The sweep took 16 minutes, more than 15.');
  });

  it('sends an alert while it runs, and nothing before it is slow', async () => {
    const stage = new AlertStage();
    const { begun, world } = await sweeping(20);

    stage.nowMs = begun.state.startedAt;
    await sendSlowSweepAlert(begun, stage.ports);
    expect(stage.phases).to.deep.equal([]);
    stage.nowMs = world.nowMs;
    await sendSlowSweepAlert(begun, stage.ports);

    expect(stage.phases).to.deep.equal(['firing']);
  });

  it('sends nothing if it was paused by request', async () => {
    const stage = new AlertStage();
    const { world, finish } = await sweeping(60);
    await requestAction({ bucket: BUCKET, action: 'pause' }, world.ports());
    stage.nowMs = world.nowMs;

    const refused = await finish();
    await sendSlowSweepAlert(refused, stage.ports);
    await sendSlowSweepAlert({ outcome: 'paused', state: refused.state }, stage.ports);

    expect(stage.phases).to.deep.equal([]);
  });

  it('does not fail if no alert can be sent', async () => {
    const stage = new AlertStage();
    stage.failures = 1;
    const { finish } = await sweeping(16);

    await sendSlowSweepAlert(await finish(), stage.ports);

    expect(stage.phases).to.deep.equal([]);
  });
});

describe('The alert of a model', () => {
  const fault = new ModelError('models/x', [{ at: 'golden[0]', expected: 'Heels', received: 'Tops' }]);

  it('is sent if a worker refuses it, and resolved if a worker accepts it', async () => {
    const stage = new AlertStage();
    await sendModelAlert(fault, stage.ports);
    await sendModelAlert(undefined, stage.ports);

    expect(stage.phases).to.deep.equal(['firing', 'resolved']);
    expect(stage.sent[0]).to.include({ condition: 'model-self-test', severity: 'critical' });
    expect(stage.sent[0]?.text).to.include('golden[0]: expected Heels but received Tops');
  });

  it('is sent if that of a tenant cannot be loaded, with the name of the one in its place', async () => {
    const stage = new AlertStage();
    const active = { id: 'shop', version: '2', digest: 'b' };
    const inPlace = { id: 'shop', version: '1', digest: 'a' };
    const acme = 'acme' as TenantId;

    await sendTenantModelAlert(acme, { active, inPlace }, stage.ports);
    await sendTenantModelAlert(acme, undefined, stage.ports);

    expect(stage.phases).to.deep.equal(['firing', 'resolved']);
    expect(stage.sent[0]).to.include({ condition: 'model-not-loaded', tenant: 'acme', severity: 'critical' });
    expect(stage.sent[0]?.text).to.include('shop@2 cannot be loaded: shop@1 labels in its place');
  });

  it('is not changed by a worker that does not start for another reason', async () => {
    const stage = new AlertStage();
    await sendModelAlert(new Error('no network'), stage.ports);
    expect(stage.phases).to.deep.equal([]);
    await sendModelAlert(fault, stage.ports);
    await sendModelAlert(new Error('no network'), stage.ports);
    expect(stage.phases, 'not resolved either').to.deep.equal(['firing']);
  });
});

describe('The heartbeat', () => {
  const check = (stage: ReportStage) => heartbeat(stage.ports);
  const reported = async () => {
    const stage = new ReportStage();
    await stage.image('returns/1.jpg');
    stage.moveToMorning();
    await report({ tenant: DEFAULT_TENANT, day: DAY }, stage.ports);
    return stage;
  };

  it('sends an alert 26 hours after the last report, and another when a report is there', async () => {
    const stage = await reported();
    stage.clock.nowMs += 26 * HOUR_MS;
    await check(stage);
    expect(stage.alerts).to.deep.equal([]);

    stage.clock.nowMs += 1;
    await check(stage);
    expect(stage.alerts.map(({ condition, phase }) => [condition, phase])).to.deep.equal([
      ['missing-report', 'firing'],
    ]);

    await report({ tenant: DEFAULT_TENANT, day: DAY }, stage.ports);
    await check(stage);
    expect(stage.alerts.map(({ phase }) => phase)).to.deep.equal(['firing', 'resolved']);
  });

  it('sends an alert for one day without a report, although a later day has its report', async () => {
    const stage = await reported();
    stage.moveToMorning(3);
    const [skipped, last] = [addDays(DAY, 1), addDays(DAY, 2)];
    await report({ tenant: DEFAULT_TENANT, day: last }, stage.ports);
    await check(stage);
    const [alert] = stage.alerts.filter(({ condition }) => condition === 'missing-report');
    await report({ tenant: DEFAULT_TENANT, day: skipped }, stage.ports);
    await check(stage);

    expect(alert?.text).to.include(`No announced report of ${skipped}; the last one was of ${last}`);
    expect(stage.alerts.at(-1)).to.include({ condition: 'missing-report', phase: 'resolved' });
  });

  it('checks the other tenants if one cannot be checked, and then fails', async () => {
    const stage = new ReportStage();
    await stage.image('tenants/acme/1.jpg');
    await stage.image('returns/1.jpg');
    stage.clock.nowMs += 51 * HOUR_MS;
    const { latest } = stage.ports.archive;
    stage.ports.archive.latest = async (tenant) => {
      if (tenant !== DEFAULT_TENANT) throw new TypeError('damaged');
      return latest.call(stage.ports.archive, tenant);
    };

    expect(await rejection(check(stage))).to.be.instanceOf(AggregateError);
    expect(stage.alerts.map(({ tenant, condition }) => [tenant, condition])).to.deep.equal([
      [DEFAULT_TENANT, 'missing-report'],
    ]);
  });

  it('sends an alert if a tenant has images and never had a report', async () => {
    const stage = new ReportStage();
    await stage.image('returns/1.jpg');
    stage.clock.nowMs += 50 * HOUR_MS;
    await check(stage);
    expect(stage.alerts, 'the first report is not owed yet').to.deep.equal([]);

    stage.clock.nowMs += 1;
    await check(stage);

    expect(stage.alerts.map(({ condition }) => condition)).to.deep.equal(['missing-report']);
  });

  it('counts images that were moved to the folder of their category', async () => {
    const stage = new ReportStage();
    await stage.organise(await stage.image('returns/1.jpg'), 'move');
    stage.clock.nowMs += 51 * HOUR_MS;

    await check(stage);

    expect(stage.alerts.map(({ condition }) => condition)).to.deep.equal(['missing-report']);
  });
});
