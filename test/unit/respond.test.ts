import type { Outcome } from '@hangtag/functions/outcome.js';
import { respond } from '@hangtag/functions/respond.js';
import { InputError, TransientError } from '@hangtag/shared/errors.js';
import { createLog } from '@hangtag/shared/log.js';
import { expect } from 'chai';
import { HOSTILE_NAMES } from '../fixtures/hostile-names.js';
import { rejection } from '../support/rejection.js';

describe('The answer to the platform', () => {
  let written: string;
  const log = createLog({
    write(text) {
      written += text;
    },
  });
  beforeEach(() => {
    written = '';
  });

  const answer = (work: () => Promise<Outcome>) => respond('ingest', work, log);
  const failing = (error: Error) => answer(() => Promise.reject(error));

  it('acknowledges what was done, and logs it', async () => {
    await answer(async () => ({ outcome: 'queued', reason: null }));
    const line = JSON.parse(written);
    expect(line).to.include({ severity: 'INFO', function: 'ingest', outcome: 'queued', reason: null });
    expect(line.ms).to.be.at.least(0);
  });

  it('acknowledges what can never be read, and logs why', async () => {
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
      expect(line.err.stack).to.include('respond.test');
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
});
