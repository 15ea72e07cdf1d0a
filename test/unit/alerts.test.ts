import { heartbeat } from '@hangtag/functions/alerts/heartbeat.js';
import { tellOfModel } from '@hangtag/functions/alerts/model-trust.js';
import { type AlertPorts, tellPeople } from '@hangtag/functions/alerts/tell-people.js';
import { report } from '@hangtag/functions/report/handler.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { requestAction } from '@hangtag/functions/sweep/request-action.js';
import { tellSlow } from '@hangtag/functions/sweep/tell-slow.js';
import { MemoryAlertStore } from '@hangtag/shared/adapters/memory/alert-store.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
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
  readonly told: Alert[] = [];
  /** Failures to come of the first channel. */
  failures = 0;

  readonly #flaky: Notifier = {
    channel: 'flaky',
    notify: async (alert) => {
      if (this.failures > 0) {
        this.failures -= 1;
        throw new TransientError('no');
      }
      this.told.push(alert);
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
    return tellPeople(DEFAULT_TENANT, [observation], this.ports);
  }

  get phases(): readonly string[] {
    return this.told.map(({ phase }) => phase);
  }
}

describe('An alert', () => {
  it('is told when its condition holds, and not again while it cools down', async () => {
    const stage = new AlertStage();
    await stage.look(HOLDS);
    stage.nowMs += 20 * HOUR_MS - 1;
    await stage.look(HOLDS);
    expect(stage.phases).to.deep.equal(['firing']);

    stage.nowMs += 1;
    await stage.look(HOLDS);

    expect(stage.phases, 'control: after the cool-down').to.deep.equal(['firing', 'firing']);
    expect(stage.told[0]?.id).to.equal(stage.told[1]?.id);
  });

  it('is resolved once, where it was told before', async () => {
    const stage = new AlertStage();
    await stage.look(OVER);
    expect(stage.phases, 'nothing was told').to.deep.equal([]);
    await stage.look(HOLDS);
    stage.nowMs += 1;
    await stage.look(OVER);
    await stage.look(OVER);

    expect(stage.phases).to.deep.equal(['firing', 'resolved']);
    expect(stage.told[1]?.id, 'one incident').to.equal(stage.told[0]?.id);
  });

  it('is told at once when it comes back, as another incident', async () => {
    const stage = new AlertStage();
    await stage.look(HOLDS);
    await stage.look(OVER);
    stage.nowMs += 1;
    await stage.look(HOLDS);

    expect(stage.phases).to.deep.equal(['firing', 'resolved', 'firing']);
    expect(stage.told[2]?.id).not.to.equal(stage.told[0]?.id);
  });

  it('is told by one of many who see it at once', async () => {
    const stage = new AlertStage();
    await Promise.all(Array.from({ length: 8 }, () => stage.look(HOLDS)));
    expect(stage.phases).to.deep.equal(['firing']);
  });

  it('fails where no channel takes it, and is told by the next try', async () => {
    const stage = new AlertStage();
    stage.failures = 1;

    expect(await rejection(stage.look(HOLDS))).to.be.instanceOf(TransientError);
    expect(stage.phases).to.deep.equal([]);
    await stage.look(HOLDS);

    expect(stage.phases).to.deep.equal(['firing']);
  });

  it('is told where one of two channels takes it, and not again for the other', async () => {
    const stage = new AlertStage();
    const broken: Notifier = {
      channel: 'broken',
      notify: async () => Promise.reject(new TransientError('no')),
    };
    const ports = { ...stage.ports, notifiers: [broken, ...stage.ports.notifiers] };

    await tellPeople(DEFAULT_TENANT, [HOLDS], ports);
    await tellPeople(DEFAULT_TENANT, [HOLDS], ports);

    expect(stage.phases).to.deep.equal(['firing']);
  });

  it('is told by another where the one that claimed it died', async () => {
    const stage = new AlertStage();
    const dying: Notifier = { channel: 'dying', notify: () => new Promise(() => undefined) };
    void tellPeople(DEFAULT_TENANT, [HOLDS], { ...stage.ports, notifiers: [dying] });
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

  it('is told when it took more than a quarter of an hour, and is over with a faster one', async () => {
    const stage = new AlertStage();
    const slow = await sweeping(16);
    const fast = await sweeping(15);

    await tellSlow(await slow.finish(), stage.ports);
    await tellSlow(await fast.finish(), stage.ports);

    expect(stage.told.map(({ condition, phase }) => [condition, phase])).to.deep.equal([
      ['slow-sweep', 'firing'],
      ['slow-sweep', 'resolved'],
    ]);
    expect(stage.told[0]?.text).to.equal('The sweep took 16 minutes, more than 15.');
  });

  it('is told while it goes on, but nothing is while it is not slow yet', async () => {
    const stage = new AlertStage();
    const { begun, world } = await sweeping(20);

    stage.nowMs = begun.state.startedAt;
    await tellSlow(begun, stage.ports);
    expect(stage.phases).to.deep.equal([]);
    stage.nowMs = world.nowMs;
    await tellSlow(begun, stage.ports);

    expect(stage.phases).to.deep.equal(['firing']);
  });

  it('is not told of one that a person paused', async () => {
    const stage = new AlertStage();
    const { world, finish } = await sweeping(60);
    await requestAction({ bucket: BUCKET, action: 'pause' }, world.ports());
    stage.nowMs = world.nowMs;

    const refused = await finish();
    await tellSlow(refused, stage.ports);
    await tellSlow({ outcome: 'paused', state: refused.state }, stage.ports);

    expect(stage.phases).to.deep.equal([]);
  });

  it('does not fail because nobody can be told', async () => {
    const stage = new AlertStage();
    stage.failures = 1;
    const { finish } = await sweeping(16);

    await tellSlow(await finish(), stage.ports);

    expect(stage.phases).to.deep.equal([]);
  });
});

describe("A worker's word on its model", () => {
  const fault = new ModelError('models/x', [{ at: 'golden[0]', expected: 'Heels', received: 'Tops' }]);

  it('is told where it is refused, and when it is taken again', async () => {
    const stage = new AlertStage();
    await tellOfModel(fault, stage.ports);
    await tellOfModel(undefined, stage.ports);

    expect(stage.phases).to.deep.equal(['firing', 'resolved']);
    expect(stage.told[0]).to.include({ condition: 'model-self-test', severity: 'critical' });
    expect(stage.told[0]?.text).to.include('golden[0]: expected Heels but received Tops');
  });

  it('is not touched by a worker that could not start for another reason', async () => {
    const stage = new AlertStage();
    await tellOfModel(new Error('no network'), stage.ports);
    expect(stage.phases).to.deep.equal([]);
    await tellOfModel(fault, stage.ports);
    await tellOfModel(new Error('no network'), stage.ports);
    expect(stage.phases, 'not resolved either').to.deep.equal(['firing']);
  });
});

describe('The heartbeat', () => {
  const listen = (stage: ReportStage) => heartbeat(stage.ports);
  const reported = async () => {
    const stage = new ReportStage();
    await stage.image('returns/1.jpg');
    stage.comesTheMorning();
    await report({ tenant: DEFAULT_TENANT, day: DAY }, stage.ports);
    return stage;
  };

  it('is silent for 26 hours after a report, then tells people, and tells them when one came', async () => {
    const stage = await reported();
    stage.clock.nowMs += 26 * HOUR_MS;
    await listen(stage);
    expect(stage.alerts).to.deep.equal([]);

    stage.clock.nowMs += 1;
    await listen(stage);
    expect(stage.alerts.map(({ condition, phase }) => [condition, phase])).to.deep.equal([
      ['missing-report', 'firing'],
    ]);

    await report({ tenant: DEFAULT_TENANT, day: DAY }, stage.ports);
    await listen(stage);
    expect(stage.alerts.map(({ phase }) => phase)).to.deep.equal(['firing', 'resolved']);
  });

  it('tells people where a tenant has images and never had a report', async () => {
    const stage = new ReportStage();
    await stage.image('returns/1.jpg');
    stage.clock.nowMs += 50 * HOUR_MS;
    await listen(stage);
    expect(stage.alerts, 'the first report is not owed yet').to.deep.equal([]);

    stage.clock.nowMs += 1;
    await listen(stage);

    expect(stage.alerts.map(({ condition }) => condition)).to.deep.equal(['missing-report']);
  });
});
