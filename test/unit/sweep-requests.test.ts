import { answerSweep } from '@hangtag/functions/sweep/answer.js';
import { sweepCommand } from '@hangtag/functions/sweep/command.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { requestAction } from '@hangtag/functions/sweep/request-action.js';
import { resumeSweep, sweepNightly } from '@hangtag/functions/sweep/scheduled.js';
import { isWithin, prefixRange } from '@hangtag/shared/domain/name-range.js';
import { InputError } from '@hangtag/shared/errors.js';
import { progressLine, summary } from '@hangtag/tools/sweep-text.js';
import { assert } from 'chai';
import { keyOf } from '../fixtures/records.js';
import { BUCKET, request, SweepWorld } from '../support/sweep-world.js';

const TONIGHT = { bucket: BUCKET, scheduleTime: '2026-01-01T02:00:00Z' };

describe('The end of a prefix', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['a/', 'a0'],
    ['', undefined],
    ['\u{10ffff}', undefined],
    ['a\u{10ffff}', 'b'],
    ['\u{d7ff}', '\u{e000}'],
    ['\u{ffff}', '\u{10000}'],
    ['\u{1f600}', '\u{1f601}'],
  ];
  for (const [prefix, end] of cases) {
    it(`of ${JSON.stringify(prefix)} is ${JSON.stringify(end)}`, () => {
      assert.equal(prefixRange(BUCKET, prefix).to, end);
      assert.isTrue(isWithin(`${prefix}\u{10ffff}`, prefixRange(BUCKET, prefix)));
    });
  }
});

describe('A request for a sweep', () => {
  it('is by default a routine sweep of the whole bucket', () => {
    assert.deepEqual(sweepCommand({}, BUCKET), { kind: 'run', request: request() });
  });

  it('takes its passes, mode and prefix from its fields', () => {
    const command = sweepCommand({ reason: 'stale-model', dryRun: true, prefix: 'a/' }, BUCKET);

    const changes = { passes: ['stale-model'], mode: 'dry-run', prefix: 'a/' } as const;
    assert.deepEqual(command, { kind: 'run', request: request(changes) });
  });

  for (const fields of [
    { reason: 'everything' },
    { bucket: '' },
    { prefix: 'x'.repeat(1_025) },
    { prefix: '\ud800' },
    { dryrun: true },
    'all',
    null,
  ]) {
    it(`is refused if it is ${JSON.stringify(fields).slice(0, 40)}`, () => {
      assert.throws(() => sweepCommand(fields, BUCKET), InputError);
    });
  }
});

describe('The answer to a request for a sweep', () => {
  const post = (body: unknown) => ({ method: 'POST', body });

  it('is 405 for methods other than POST and 400 without a JSON object, and no sweep starts', async () => {
    const world = new SweepWorld();
    await world.upload('a');
    world.letTimePass();

    const get = await answerSweep({ method: 'GET', body: {} }, world.ports(), BUCKET);
    const empty = await Promise.all(
      [undefined, null, '', '{}', Buffer.from('{}')].map((body) =>
        answerSweep(post(body), world.ports(), BUCKET),
      ),
    );

    assert.equal(get.status, 405);
    assert.deepEqual(
      empty.map(({ status }) => status),
      [400, 400, 400, 400, 400],
    );
    assert.isUndefined(await world.sweeps.get(BUCKET));
  });

  it('contains the counts of the sweep', async () => {
    const world = new SweepWorld();
    await world.upload('a');
    world.letTimePass();

    const { status, body } = await answerSweep(post({ reason: 'missing' }), world.ports(), BUCKET);

    assert.equal(status, 200);
    assert.include(body, { outcome: 'done', missing: 1, repaired: 1 });
  });

  it('is 400 for an invalid request, 404 for an unknown bucket, and 409 if an action changes nothing', async () => {
    const ports = new SweepWorld().ports();

    assert.equal((await answerSweep(post({ reason: 'x' }), ports, BUCKET)).status, 400);
    assert.equal((await answerSweep(post({ bucket: 'nowhere' }), ports, BUCKET)).status, 404);
    assert.equal((await answerSweep(post({ action: 'pause' }), ports, BUCKET)).status, 409);
  });
});

describe('An action with further fields', () => {
  for (const more of [{ prefix: 'a/' }, { dryRun: true }, { reason: 'stuck' }]) {
    it(`is refused, because it would be ignored: ${JSON.stringify(more)}`, () => {
      assert.throws(() => sweepCommand({ action: 'pause', ...more }, BUCKET), InputError, /Expected no/);
    });
  }

  it('is accepted if the field is its bucket', () => {
    assert.deepEqual(sweepCommand({ action: 'pause', bucket: 'other', dryRun: false }, BUCKET), {
      kind: 'action',
      bucket: 'other',
      action: 'pause',
    });
  });
});

describe('The schedule of the sweep', () => {
  it('finishes an unfinished sweep before the nightly one', async () => {
    const world = new SweepWorld();
    await world.upload('a/1');
    await world.upload('b/1');
    world.letTimePass();
    await sweep(request({ prefix: 'a/', passes: ['objects'] }), world.ports({ timeBudgetMs: 0 }));

    const { state } = await sweepNightly(TONIGHT, world.ports(), {});

    assert.include(state, { prefix: '', status: 'done', requestId: TONIGHT.scheduleTime });
    assert.sameMembers(
      world.sent.map(({ name }) => name),
      ['a/1', 'b/1'],
    );
  });

  it('continues an unfinished sweep, and does nothing without one', async () => {
    const world = new SweepWorld();
    await world.upload('a');
    world.letTimePass();

    const nothing = await resumeSweep(BUCKET, world.ports(), {});
    await sweepNightly(TONIGHT, world.ports({ timeBudgetMs: 0 }), {});
    const rest = await resumeSweep(BUCKET, world.ports(), {});
    const nothingAgain = await resumeSweep(BUCKET, world.ports(), {});

    assert.isUndefined(nothing);
    assert.equal(rest?.outcome, 'done');
    assert.lengthOf(world.sent, 1);
    assert.isUndefined(nothingAgain);
  });
});

describe('The frequent sweep', () => {
  /** Records the names, and defers each for its reason. */
  const deferred = async (reasons: Readonly<Record<string, 'circuit-open' | 'over-budget'>>) => {
    const world = new SweepWorld();
    for (const name of Object.keys(reasons)) await world.upload(name);
    world.letTimePass();
    await sweepNightly(TONIGHT, world.ports(), {});
    for (const [name, reason] of Object.entries(reasons)) {
      const known = await world.records.get(keyOf(name, BUCKET));
      assert.isDefined(known);
      await world.records.update(keyOf(name, BUCKET), { set: { status: 'deferred', reason } }, known.version);
    }
    world.letTimePass(1);
    return world;
  };

  it('requeues what a failing model deferred, and leaves what the budget deferred to the night', async () => {
    const world = await deferred({ model: 'circuit-open', budget: 'over-budget' });

    const result = await resumeSweep(BUCKET, world.ports(), {});

    assert.equal(result?.outcome, 'done');
    assert.include(result?.state.progress, { deferred: 1, repaired: 1 });
    assert.equal((await world.records.get(keyOf('model', BUCKET)))?.record.status, 'queued');
    assert.equal((await world.records.get(keyOf('budget', BUCKET)))?.record.status, 'deferred');
  });

  it('does nothing while a sweep is paused', async () => {
    const world = await deferred({ model: 'circuit-open' });
    await sweepNightly({ ...TONIGHT, scheduleTime: 'next' }, world.ports({ timeBudgetMs: 0 }), {});
    await requestAction({ bucket: BUCKET, action: 'pause' }, world.ports());

    assert.isUndefined(await resumeSweep(BUCKET, world.ports(), {}));
    assert.equal((await world.records.get(keyOf('model', BUCKET)))?.record.status, 'deferred');
  });
});

describe('A requested action', () => {
  it('"abort" ends a paused sweep, so that another one can start', async () => {
    const world = new SweepWorld();
    const ports = world.ports({ timeBudgetMs: 0 });
    await sweep(request(), ports);

    const paused = await requestAction({ bucket: BUCKET, action: 'pause' }, ports);
    const aborted = await requestAction({ bucket: BUCKET, action: 'abort' }, ports);
    const late = await requestAction({ bucket: BUCKET, action: 'resume' }, ports);
    const next = await sweep(request({ prefix: 'other/' }), world.ports());

    assert.equal(paused?.status, 'paused');
    assert.equal(aborted?.status, 'aborted');
    assert.isUndefined(late);
    assert.equal(next.outcome, 'done');
  });
});

describe('A sweep on a terminal', () => {
  it('shows its progress in percent if an earlier sweep counted the objects', async () => {
    const world = new SweepWorld();
    for (let i = 0; i < 30; i += 1) await world.record(`${i}`);
    await sweep(request(), world.ports());

    const lines: string[] = [];
    await sweep(request(), world.ports(), {
      onPage: (state) => lines.push(progressLine(state, world.nowMs)),
    });

    assert.match(
      lines[0] ?? '',
      /^\[#######\.{17}\] {2}30 % {2}objects: 9 listed, 0 repaired, 1 reads, 0 s left$/,
    );
  });

  it('shows what a repair would do and cost after a dry run', async () => {
    const world = new SweepWorld();
    for (let i = 0; i < 30; i += 1) await world.upload(`${i}`);
    world.letTimePass();
    const { state } = await sweep(request({ mode: 'dry-run' }), world.ports());

    const text = summary(state, world.ports().prices);

    assert.match(text, /^dry run: nothing was changed$/m);
    assert.match(text, / 30 {2}objects without a record/);
    assert.match(text, / 30 {2}images through the model/);
    assert.match(text, /\b60 writes, 30 messages/);
    assert.match(text, /0\.000\d+ {2}US dollars/);
  });
});
