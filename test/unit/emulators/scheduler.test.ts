import { systemClock } from '@hangtag/emulators/scheduler/clock.js';
import { type JobCall, nextTime, type ScheduledJob } from '@hangtag/emulators/scheduler/job.js';
import { type Scheduler, startScheduler } from '@hangtag/emulators/scheduler/scheduler.js';
import { expect } from 'chai';
import { ManualSchedulerClock } from '../../support/manual-scheduler-clock.js';
import { type RecordingFunction, recordingFunction } from '../../support/recording-function.js';
import { until } from '../../support/until.js';

/** The next times of a job, in order. */
function times(
  job: Pick<ScheduledJob, 'cron' | 'timeZone'>,
  after: string,
  count: number,
): readonly string[] {
  const found: string[] = [];
  let at: Date | undefined = new Date(after);
  while (at !== undefined && found.length < count) {
    at = nextTime(job, at);
    if (at !== undefined) found.push(at.toISOString());
  }
  return found;
}

describe('the times of a job', () => {
  it('follow the local time of its zone at the beginning and the end of summer time', () => {
    const nightly = { cron: '0 6 * * *', timeZone: 'Europe/Berlin' };

    expect(times(nightly, '2026-03-28T00:00:00Z', 3)).to.deep.equal([
      '2026-03-28T05:00:00.000Z',
      '2026-03-29T04:00:00.000Z',
      '2026-03-30T04:00:00.000Z',
    ]);
    expect(times(nightly, '2026-10-24T00:00:00Z', 2)).to.deep.equal([
      '2026-10-24T04:00:00.000Z',
      '2026-10-25T05:00:00.000Z',
    ]);
  });

  it('include a day once if its hour is repeated, and once if its hour is skipped', () => {
    const job = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };

    const autumn = times(job, '2026-10-24T12:00:00Z', 2);
    const spring = times(job, '2026-03-28T12:00:00Z', 2);

    expect(autumn.map((time) => time.slice(0, 10))).to.deep.equal(['2026-10-25', '2026-10-26']);
    expect(spring.map((time) => time.slice(0, 10))).to.deep.equal(['2026-03-29', '2026-03-30']);
  });

  it('are refused for a pattern that is not in Unix cron format', () => {
    expect(() => nextTime({ cron: '0 0 6 * * *', timeZone: 'UTC' }, new Date(0))).to.throw(TypeError);
  });
});

describe('the scheduler', () => {
  let target: RecordingFunction;
  let scheduler: Scheduler | undefined;
  let status: number | Promise<number> = 200;

  before(async () => {
    target = await recordingFunction(() => status);
  });
  beforeEach(() => {
    status = 200;
    target.seen.length = 0;
  });
  afterEach(() => scheduler?.stop());
  after(() => target.stop());

  function job(changes: Partial<ScheduledJob> = {}): ScheduledJob {
    return {
      name: 'sweep',
      cron: '0 3 * * *',
      timeZone: 'UTC',
      url: target.url,
      retries: 2,
      retry: { minSeconds: 5, maxSeconds: 60 },
      ...changes,
    };
  }

  it('calls a job when it is due and not before, with the headers of Cloud Scheduler', async () => {
    const clock = new ManualSchedulerClock('2026-11-20T00:00:00Z');
    scheduler = startScheduler([job()], { clock });

    clock.moveTo('2026-11-20T02:59:59Z');
    expect(target.seen).to.be.empty;
    clock.moveTo('2026-11-20T03:00:00Z');

    const [seen] = await until('a call', () => target.seen.length === 1 && target.seen);
    expect(seen?.method).to.equal('POST');
    expect(seen?.headers).to.include({
      'x-cloudscheduler': 'true',
      'x-cloudscheduler-jobname': 'sweep',
      'x-cloudscheduler-scheduletime': '2026-11-20T03:00:00.000Z',
    });
  });

  it('calls again on each following day', async () => {
    const clock = new ManualSchedulerClock('2026-11-20T00:00:00Z');
    let calls = 0;
    scheduler = startScheduler([job()], { clock, onCall: () => (calls += 1) });

    clock.moveTo('2026-11-20T03:00:00Z');
    await until('the first call', () => calls === 1);
    clock.moveTo('2026-11-21T03:00:00Z');

    await until('the second day', () => target.seen.length === 2);
  });

  it('repeats a failed call after growing delays, at most as often as configured', async () => {
    status = 500;
    const clock = new ManualSchedulerClock('2026-11-20T00:00:00Z');
    const calls: JobCall[] = [];
    scheduler = startScheduler([job()], { clock, onCall: (_job, _time, call) => calls.push(call) });
    clock.moveTo('2026-11-20T03:00:00Z');

    await until('the first failure', () => calls.length === 1 && clock.timers === 2);
    clock.moveTo('2026-11-20T03:00:04Z');
    expect(target.seen).to.have.lengthOf(1);
    clock.moveTo('2026-11-20T03:00:05Z');
    await until('the second failure', () => calls.length === 2 && clock.timers === 2);
    clock.moveTo('2026-11-20T03:00:15Z');
    await until('the third failure', () => calls.length === 3);

    expect(calls).to.deep.equal(Array(3).fill({ kind: 'failed', reason: 'status 500' }));
    expect(clock.timers).to.equal(1);
  });

  it('skips a time at which the job still runs', async () => {
    const clock = new ManualSchedulerClock('2026-11-20T00:00:00Z');
    let answer = (_status: number): void => {};
    status = new Promise<number>((resolve) => {
      answer = resolve;
    });
    let calls = 0;
    scheduler = startScheduler([job()], { clock, onCall: () => (calls += 1) });
    clock.moveTo('2026-11-20T03:00:00Z');
    await until('the first call', () => target.seen.length === 1);

    clock.moveTo('2026-11-21T03:00:00Z');
    answer(200);
    await until('its answer', () => calls === 1);
    clock.moveTo('2026-11-22T03:00:00Z');
    await until('the third day', () => calls === 2);

    expect(target.seen.map(({ headers }) => headers['x-cloudscheduler-scheduletime'])).to.deep.equal([
      '2026-11-20T03:00:00.000Z',
      '2026-11-22T03:00:00.000Z',
    ]);
  });

  it('cancels all timers when it is stopped during a retry', async () => {
    status = 500;
    const clock = new ManualSchedulerClock('2026-11-20T00:00:00Z');
    const stopped = startScheduler([job()], { clock });
    clock.moveTo('2026-11-20T03:00:00Z');
    await until('a failure', () => clock.timers === 2);

    await stopped.stop();

    expect(clock.timers).to.equal(0);
    expect(target.seen).to.have.lengthOf(1);
  });
});

describe('the system clock', () => {
  it('calls at once for a time in the past, and not after it was cancelled', async () => {
    const calls: string[] = [];
    const cancel = systemClock.at(new Date(Date.now() - 5), () => calls.push('cancelled'));
    cancel();
    systemClock.at(new Date(Date.now() - 5), () => calls.push('past'));

    await until('a call', () => calls.length > 0);

    expect(calls).to.deep.equal(['past']);
  });
});
