import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MalformedEvent } from '@hangtag/functions/outcome.js';
import { respond } from '@hangtag/functions/respond.js';
import { Transient } from '@hangtag/shared/errors.js';
import { log } from '@hangtag/shared/log.js';
import { expect } from 'chai';
import { HOSTILE_NAMES } from '../fixtures/hostile-names.js';
import { rejection } from '../fixtures/rejection.js';

describe('The answer to the platform', () => {
  const { level } = log;
  before(() => {
    log.level = 'silent';
  });
  after(() => {
    log.level = level;
  });

  const failing = (error: Error) => respond('ingest', () => Promise.reject(error));

  it('acknowledges what was done', async () => {
    await respond('ingest', async () => ({ outcome: 'queued' }));
  });

  it('acknowledges what can never be read', async () => {
    await failing(new MalformedEvent('Expected an event'));
  });

  for (const error of [new Transient('away'), new TypeError('a bug')]) {
    it(`asks for another delivery after a ${error.name}`, async () => {
      expect(await rejection(failing(error))).to.equal(error);
    });
  }
});

describe('The log', () => {
  it('has one line of JSON for each outcome, whatever the name of the image', () => {
    const names = [...HOSTILE_NAMES, 'half\uD83D', '\uDC5C', '\u2028\u2029\u0085\u007F', '\u00A0'.repeat(60)];
    const script = fileURLToPath(new URL('../fixtures/log-names.js', import.meta.url));

    const { stdout, status, stderr } = spawnSync(process.execPath, [script], {
      input: JSON.stringify(names),
      encoding: 'utf8',
    });

    expect(status, stderr).to.equal(0);
    const lines = stdout.split('\n');
    expect(lines.pop()).to.equal('');
    expect(lines).to.have.length(names.length);
    for (const [index, line] of lines.entries()) {
      expect(JSON.parse(line), line).to.include({
        severity: 'INFO',
        function: 'ingest',
        outcome: 'queued',
        name: names[index]?.toWellFormed(),
        bucket: names[index]?.toWellFormed(),
      });
    }
  });
});
