import { mock } from 'node:test';
import {
  acknowledgeInputErrors,
  logOutcome,
  NO_DEADLINE,
  surround,
  withDeadline,
  withTrace,
} from '@hangtag/functions/platform/middleware.js';
import type { Outcome } from '@hangtag/functions/records/outcome.js';
import { ConfigError, CrashError, InputError, ModelError, TransientError } from '@hangtag/shared/errors.js';
import { createLog } from '@hangtag/shared/log.js';
import { expect } from 'chai';
import { HOSTILE_NAMES } from '../fixtures/hostile-names.js';
import { rejection } from '../support/rejection.js';

describe('The middleware of a handler', () => {
  let written: string;
  const log = createLog({
    write(text) {
      written += text;
    },
  });
  beforeEach(() => {
    written = '';
  });

  const context = () => ({ name: 'ingest', log, signal: NO_DEADLINE });
  const answer = (work: () => Promise<Outcome>) =>
    surround(work, [acknowledgeInputErrors, logOutcome])(context());
  const failing = (error: Error) => answer(() => Promise.reject(error));

  it('acknowledges a successful event, and logs it', async () => {
    await answer(async () => ({ outcome: 'queued', reason: null }));
    const line = JSON.parse(written);
    expect(line).to.include({ severity: 'INFO', function: 'ingest', outcome: 'queued', reason: null });
    expect(line.ms).to.be.at.least(0);
  });

  it('acknowledges an invalid event, and logs the reason', async () => {
    const cause = new TypeError('Expected a decimal integer');
    await failing(new InputError('Expected an event', { cause }));
    expect(JSON.parse(written)).to.include({ severity: 'ERROR', outcome: 'malformed' });
    expect(written).to.include('Expected an event').and.include('Expected a decimal integer');
  });

  for (const [error, severity, outcome] of [
    [new TransientError('away'), 'WARNING', 'transient'],
    [new TypeError('undefined is not a function'), 'ERROR', 'bug'],
  ] as const) {
    it(`asks for another delivery after a ${error.name}, and logs its stack`, async () => {
      expect(await rejection(failing(error))).to.equal(error);
      const line = JSON.parse(written);
      expect(line).to.include({ severity, outcome });
      expect(line.err.stack).to.include('middleware.test');
    });
  }

  for (const name of [
    ...HOSTILE_NAMES,
    'half\uD83D',
    '\uDC5C',
    '\u2028\u2029\u0085\u007F',
    '\u00A0'.repeat(60),
  ]) {
    it(`logs one line of JSON for the name ${JSON.stringify(name).slice(0, 40)}`, async () => {
      await answer(async () => ({ outcome: 'queued', name }));
      expect(written.match(/[\n\r]/g)).to.deep.equal(['\n']);
      expect(JSON.parse(written)).to.include({ severity: 'INFO', name });
    });
  }

  it('names the kind of every other failure', async () => {
    for (const [error, outcome] of [
      [new ConfigError('HANGTAG_BUCKET'), 'misconfigured'],
      [new ModelError('m', []), 'model-refused'],
      [new CrashError('killed'), 'crashed'],
    ] as const) {
      written = '';
      expect(await rejection(failing(error))).to.equal(error);
      expect(JSON.parse(written)).to.include({ severity: 'ERROR', outcome });
    }
  });

  it('gives the lines of one upload the trace of its event', async () => {
    const trace = withTrace('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'demo');
    const work = surround(async () => ({ outcome: 'queued' }), [trace, logOutcome]);

    await work(context());

    expect(JSON.parse(written)).to.include({
      'logging.googleapis.com/trace': 'projects/demo/traces/0af7651916cd43dd8448eb211c80319c',
    });
  });

  it('signals the handler five seconds before the time limit, and not before', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let signal: AbortSignal | undefined;
    const work = surround(
      async (each) => {
        signal = each.signal;
        await new Promise((resolve) => each.signal.addEventListener('abort', resolve));
        return undefined;
      },
      [withDeadline(60)],
    );

    const ended = work(context());
    mock.timers.tick(54_999);
    const before = signal?.aborted;
    mock.timers.tick(1);
    await ended;
    mock.timers.reset();

    expect(before).to.equal(false);
    expect(signal?.reason).to.be.instanceOf(TransientError);
  });
});
