import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { createLog, traceField } from '@hangtag/shared/log.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { skip } from '../support/skip.js';

/** Every write to this device fails as on a full disk. */
const FULL_DISK = '/dev/full';
const LOGGING = {
  'the standard log': `import { standardLog } from '${fromRoot('shared/dist/log.js')}';
    standardLog.info('one');
    standardLog.info('two');`,
  'the console of the functions': `import { writeConsoleAsJson } from '${fromRoot('emulators/dist/functions-host/json-console.js')}';
    writeConsoleAsJson();
    console.info('one');
    console.error('two');`,
};

describe('A line of the log', () => {
  const written = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal') => {
    const lines: string[] = [];
    const log = createLog({ write: (line) => lines.push(line) });
    log.level = 'trace';
    log[level]({ outcome: 'queued' }, 'as it should be');
    return JSON.parse(lines.join(''));
  };

  it('has message and fields as Cloud Logging reads them, and no host name', () => {
    const { time, ...line } = written('info');

    expect(line).to.deep.equal({ severity: 'INFO', outcome: 'queued', message: 'as it should be' });
    expect(time).to.be.a('number');
  });

  it('has a severity of Cloud Logging for every level', () => {
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

    expect(levels.map((level) => written(level).severity)).to.deep.equal([
      'DEBUG',
      'DEBUG',
      'INFO',
      'WARNING',
      'ERROR',
      'CRITICAL',
    ]);
  });
});

describe('The trace of a line', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it('has the form that Cloud Logging links, with the project', () => {
    expect(traceField(traceparent, 'shop')).to.deep.equal({
      'logging.googleapis.com/trace': 'projects/shop/traces/0af7651916cd43dd8448eb211c80319c',
    });
  });

  it('is left out without a valid traceparent or without a project', () => {
    expect(traceField(undefined, 'shop')).to.deep.equal({});
    expect(traceField('malformed', 'shop')).to.deep.equal({});
    expect(traceField(traceparent, undefined)).to.deep.equal({});
  });
});

describe('On a full disk', () => {
  for (const [what, program] of Object.entries(LOGGING)) {
    it(`a process goes on and ends without the lines of ${what}`, async function () {
      if (!existsSync(FULL_DISK)) skip(this, `this system has no ${FULL_DISK}`);
      const ends = `${program}\nsetTimeout(() => process.exit(7), 100);`;
      const child = spawn(process.execPath, ['--input-type=module', '--eval', ends], {
        stdio: ['ignore', openSync(FULL_DISK, 'w'), 'pipe'],
      });
      try {
        expect((await once(child, 'exit'))[0]).to.equal(7);
      } finally {
        child.kill('SIGKILL');
      }
    });
  }
});
