/** How the suite delivers uploads and how it stops firebase-tools. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectEvent } from '@hangtag/emulators/bucket/resource.js';
import { startChild } from '@hangtag/emulators/processes/child.js';
import { stopFirebaseTools } from '@hangtag/emulators/suite/firebase-tools.js';
import { LockStep } from '@hangtag/emulators/suite/lock-step.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';

const upload = (name: string) => ({ type: 'finalized', bucket: 'b', name }) as ObjectEvent;

describe('the lock-step of the suite', () => {
  const delivered: string[] = [];
  const settled = new Set<string>();
  let lockStep: LockStep;

  beforeEach(() => {
    delivered.length = 0;
    settled.clear();
    const deliver = async ({ name }: ObjectEvent) => {
      delivered.push(name);
    };
    lockStep = new LockStep(deliver, async ({ name }) => settled.has(name));
  });

  it('delivers an upload when the record of the one before is settled', async () => {
    const both = Promise.all([lockStep.deliver(upload('first')), lockStep.deliver(upload('second'))]);
    await until('the first delivery', () => delivered.length > 0);
    const beforeSettling = [...delivered];
    settled.add('first').add('second');
    await both;

    expect(beforeSettling).to.deep.equal(['first']);
    expect(delivered).to.deep.equal(['first', 'second']);
  });

  it('keeps the events that wait when it is closed', async () => {
    const first = lockStep.deliver(upload('first'));
    const second = rejection(lockStep.deliver(upload('second')));
    await until('the first delivery', () => delivered.length > 0);

    lockStep.close();

    await first;
    expect(await second).to.be.instanceOf(Error);
    expect(delivered).to.deep.equal(['first']);
  });
});

describe('stopping firebase-tools', () => {
  const directory = temporaryDirectory();

  it('lets it wait for the functions that it runs', async () => {
    const logFile = join(directory, 'log');
    const script =
      '(until [ -e stopping ]; do sleep 0.05; done) & function=$!; ' +
      'trap "touch stopping; wait $function; echo function ended with \\$?; exit 0" TERM; echo ready; wait';
    const child = startChild({
      command: '/bin/sh',
      args: ['-c', script],
      env: process.env,
      cwd: directory,
      logFile,
    });
    await until('the trap', () => readFileSync(logFile, 'utf8').includes('ready'));

    await stopFirebaseTools(child);

    expect(await child.exited).to.deep.equal({ kind: 'code', code: 0 });
    expect(readFileSync(logFile, 'utf8')).to.include('function ended with 0');
  });
});
