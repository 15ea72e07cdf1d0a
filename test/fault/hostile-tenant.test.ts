/** Bombs of one tenant among the images of another one, through the whole pipeline and real worker processes. */
import { readFileSync } from 'node:fs';
import { EmbeddedPlatform } from '@hangtag/emulators/embedded/platform.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { openModelFolder } from '@hangtag/shared/inference/model-folder.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { expect } from 'chai';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { flat } from '../fixtures/pictures.js';
import { BUCKET } from '../fixtures/records.js';
import { memoryApp } from '../support/memory-app.js';
import { ScriptedClassifier } from '../support/stage.js';
import { until } from '../support/until.js';

/** An AVIF of 1,051 bytes and 50 megapixels. */
const BOMB = readFileSync(new URL('../../fixtures/pictures/bomb-50mp.avif', import.meta.url));
const IMAGES = 24;

/** What stops a bomb: the limit on what its header demands; without that limit, the time and the memory of its worker. */
const DEFENCES = {
  'before it is decoded': { bombs: 12, maxDecodeBytes: DEFAULT_LIMITS.maxDecodeBytes },
  'by the end of its worker': { bombs: 3, maxDecodeBytes: Number.MAX_SAFE_INTEGER },
};

for (const [defence, { bombs, maxDecodeBytes }] of Object.entries(DEFENCES)) {
  describe(`Bombs of one tenant, stopped ${defence}`, function () {
    this.timeout(120_000);

    it('fail, each for its own fault, and every image of another tenant is labelled', async () => {
      const settled = await uploadAll(bombs, { ...DEFAULT_LIMITS, maxDecodeBytes });

      const outcomes = (tenant: string) =>
        settled
          .filter(({ name }) => name.startsWith(`tenants/${tenant}/`))
          .map(({ status, reason }) => `${status} ${reason}`);
      expect(outcomes('attacker')).to.have.length(bombs);
      for (const outcome of outcomes('attacker')) {
        expect(outcome).to.match(/^failed too-(large-to-decode|slow)$/);
      }
      expect(outcomes('shop')).to.deep.equal(Array(IMAGES).fill('done null'));
    });
  });
}

/** @returns the records of all uploads, in the order of their names */
async function uploadAll(bombs: number, limits: typeof DEFAULT_LIMITS): Promise<readonly ImageRecord[]> {
  const { app, objects, records } = memoryApp({
    clock: systemClock,
    classifier: new ScriptedClassifier(),
    env: { HANGTAG_BUCKET: BUCKET },
    adapters: {
      models: () =>
        openModelFolder({
          dir: COLOURS_MODEL,
          engine: undefined,
          limits,
          settingsOf: async () => ({ policy: DEFAULT_VERDICT_POLICY }),
          clock: systemClock,
        }),
    },
    onPublish: (topic, message) => platform.publish(topic, message),
  });
  const platform = new EmbeddedPlatform(app);
  const red = await flat('#d03020', { width: 64, height: 64 }).jpeg().toBuffer();
  try {
    for (let index = 0; index < IMAGES; index += 1) {
      if (index < bombs) await upload(`tenants/attacker/${index}`, BOMB);
      await upload(`tenants/shop/${index}`, red);
    }
    const all = () => [...records.entries()].map(({ record }) => record);
    await until(
      'a terminal status of every image',
      () => all().length === bombs + IMAGES && all().every(({ status }) => status !== 'queued'),
      100_000,
    );
    return all();
  } finally {
    await platform.stop();
    await app.close();
  }

  async function upload(name: string, bytes: Uint8Array): Promise<void> {
    await objects.write({ bucket: BUCKET, name, bytes });
    const object = await objects.stat(BUCKET, name);
    if (object === undefined) throw new Error(`Expected ${name} in the bucket`);
    const { uploadedAt, ...facts } = object;
    const resource = { ...facts, timeCreated: new Date(uploadedAt).toISOString() };
    await platform.takeObjectEvent({ type: 'finalized', resource } as never);
  }
}
