/** Files that an embedded stack has in hand when it stops. */
import { startEmbeddedStack } from '@hangtag/emulators/embedded/embedded-stack.js';
import { choosePorts } from '@hangtag/emulators/start/stack-plan.js';
import { expect } from 'chai';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { flat } from '../fixtures/pictures.js';
import { portBase } from '../support/port-base.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const UPLOADS = 60;

describe('an embedded stack', () => {
  it('leaves no timer when it stops during downloads, so that its process ends', async () => {
    const dataDir = temporaryDirectory();
    const request = {
      bucket: 'hangtag-images',
      dataDir,
      modelDir: COLOURS_MODEL,
      portBase: portBase(),
      say: () => undefined,
    };
    const ports = await choosePorts(['bucket', 'functions'], request);
    // After an await, because mocha starts the timer of a test only then.
    const timersBefore = timers();
    const stack = await startEmbeddedStack(request, ports);
    const picture = await flat('#3060c0', { width: 300, height: 400 }).jpeg().toBuffer();
    const upload = (_: unknown, index: number) =>
      fetch(
        `${stack.env['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/${stack.bucket}/o?uploadType=media&name=${index}.jpg`,
        { method: 'POST', body: picture },
      );
    await Promise.all(Array.from({ length: UPLOADS }, upload));

    await stack.stop();

    expect(timers()).to.equal(timersBefore);
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}
