import { createLog, traceField } from '@hangtag/shared/log.js';
import { expect } from 'chai';

describe('A line of the log', () => {
  const written = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal') => {
    const lines: string[] = [];
    const log = createLog({ write: (line) => lines.push(line) });
    log.level = 'trace';
    log[level]({ outcome: 'queued' }, 'as it should be');
    return JSON.parse(lines.join(''));
  };

  it('has the message and the fields where Cloud Logging looks, and nothing of the host', () => {
    const { time, ...line } = written('info');

    expect(line).to.deep.equal({ severity: 'INFO', outcome: 'queued', message: 'as it should be' });
    expect(time).to.be.a('number');
  });

  it("has Cloud Logging's word for its severity", () => {
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

  it('is named as Cloud Logging links it, by project', () => {
    expect(traceField(traceparent, 'shop')).to.deep.equal({
      'logging.googleapis.com/trace': 'projects/shop/traces/0af7651916cd43dd8448eb211c80319c',
    });
  });

  it('is left out where there is none, or nothing is known of the project', () => {
    expect(traceField(undefined, 'shop')).to.deep.equal({});
    expect(traceField('malformed', 'shop')).to.deep.equal({});
    expect(traceField(traceparent, undefined)).to.deep.equal({});
  });
});
