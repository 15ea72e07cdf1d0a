/** What an embedded stack has in hand when it stops, and a disk that is full. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedStack } from '@hangtag/emulators/embedded/embedded-stack.js';
import type { Stack } from '@hangtag/emulators/start/stack.js';
import { choosePorts } from '@hangtag/emulators/start/stack-plan.js';
import { expect } from 'chai';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { flat } from '../fixtures/pictures.js';
import { portBase } from '../support/port-base.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const UPLOADS = 60;

describe('an embedded stack', () => {
  async function start(dataDir: string): Promise<Stack> {
    const request = {
      bucket: 'hangtag-images',
      dataDir,
      modelDir: COLOURS_MODEL,
      portBase: portBase(),
      say: () => undefined,
    };
    return startEmbeddedStack(request, await choosePorts(['bucket', 'functions'], request));
  }

  async function upload({ env, bucket }: Stack, count: number): Promise<void> {
    const body = await flat('#3060c0', { width: 300, height: 400 }).jpeg().toBuffer();
    const url = `${env['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=`;
    await Promise.all(
      Array.from({ length: count }, (_, index) => fetch(`${url}${index}.jpg`, { method: 'POST', body })),
    );
  }

  it('leaves no timer when it stops during downloads, so that its process ends', async () => {
    const dataDir = temporaryDirectory();
    // After an await, because mocha starts the timer of a test only then.
    await Promise.resolve();
    const timersBefore = timers();
    const stack = await start(dataDir);
    await upload(stack, UPLOADS);

    await stack.stop();

    expect(timers()).to.equal(timersBefore);
  });

  it('labels images while its log cannot be written', async () => {
    const dataDir = temporaryDirectory();
    symlinkSync('/dev/full', join(dataDir, 'functions.log'));
    const stack = await start(dataDir);
    const settled: string[] = [];
    try {
      await stack.watch(({ name, status }) => void (status !== 'queued' && settled.push(name)));
      await upload(stack, 1);
      await until('a label', () => settled.includes('0.jpg'));
    } finally {
      await stack.stop();
    }
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}
