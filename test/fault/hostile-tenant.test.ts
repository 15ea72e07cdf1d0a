/** Bombs of one tenant among the images of another one, through the whole pipeline and real worker processes. */
import { readFileSync } from 'node:fs';
import { EmbeddedPlatform } from '@hangtag/emulators/embedded/platform.js';
import { NO_MODELS } from '@hangtag/shared/domain/model-version.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { openModelRegistry } from '@hangtag/shared/inference/model-registry.js';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import { standardLog } from '@hangtag/shared/log.js';
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
/** With and without bombs, in turns: a single comparison would measure the load of the machine. */
const ROUNDS = 3;

/** What stops a bomb: the limit on what its header demands; without that limit, the time and the memory of its worker. */
const DEFENCES = {
  'before it is decoded': { bombs: 12, maxDecodeBytes: DEFAULT_LIMITS.maxDecodeBytes },
  'by the end of its worker': { bombs: 3, maxDecodeBytes: Number.MAX_SAFE_INTEGER },
};

for (const [defence, { bombs, maxDecodeBytes }] of Object.entries(DEFENCES)) {
  describe(`Bombs of one tenant, stopped ${defence}`, function () {
    this.timeout(240_000);
    const pipeline = startPipeline(maxDecodeBytes);
    after(() => pipeline.stop());

    it('fail, each for its own fault, and every image of another tenant is labelled', async () => {
      await pipeline.upload({ attacker: 'attacker', bombs, shop: 'shop' });

      await pipeline.whenSettled('attacker', bombs);
      await pipeline.whenSettled('shop', IMAGES);
      for (const outcome of pipeline.outcomes('attacker')) {
        expect(outcome).to.match(/^failed too-(large-to-decode|slow)$/);
      }
      expect(pipeline.outcomes('shop')).to.deep.equal(Array(IMAGES).fill('done null'));
    });
  });
}

describe('Twelve bombs of one tenant', function () {
  this.timeout(240_000);
  const pipeline = startPipeline(DEFAULT_LIMITS.maxDecodeBytes);
  after(() => pipeline.stop());

  it('delay the labels of another tenant by less than a second', async () => {
    await msToLabel({ attacker: 'nobody', bombs: 0, shop: 'first' });
    const alone: number[] = [];
    const attacked: number[] = [];

    for (let round = 0; round < ROUNDS; round += 1) {
      alone.push(await msToLabel({ attacker: 'nobody', bombs: 0, shop: `alone-${round}` }));
      attacked.push(await msToLabel({ attacker: `attacker-${round}`, bombs: 12, shop: `attacked-${round}` }));
    }

    expect(Math.min(...attacked)).to.be.below(Math.min(...alone) + 1_000);
  });

  /** Milliseconds from the first upload to the last label of the shop. */
  async function msToLabel(uploads: Uploads): Promise<number> {
    const startedAt = performance.now();
    await pipeline.upload(uploads);
    await pipeline.whenSettled(uploads.shop, IMAGES);
    const ms = performance.now() - startedAt;
    await pipeline.whenSettled(uploads.attacker, uploads.bombs);
    return ms;
  }
});

/** The bombs of one tenant, each followed by an image of the other. */
interface Uploads {
  readonly attacker: string;
  readonly bombs: number;
  readonly shop: string;
}

function startPipeline(maxDecodeBytes: number) {
  const { app, objects, records } = memoryApp({
    clock: systemClock,
    classifier: new ScriptedClassifier(),
    env: { HANGTAG_BUCKET: BUCKET },
    adapters: {
      models: () =>
        openModelRegistry({
          dir: COLOURS_MODEL,
          engine: undefined,
          limits: { ...DEFAULT_LIMITS, maxDecodeBytes },
          settingsOf: async () => ({ policy: DEFAULT_VERDICT_POLICY, models: NO_MODELS }),
          store: async () => new FolderModelStore('none'),
          maxBytes: Number.MAX_SAFE_INTEGER,
          log: standardLog,
          clock: systemClock,
        }),
    },
    onPublish: (topic, message) => platform.publish(topic, message),
  });
  const platform = new EmbeddedPlatform(app);
  const image = flat('#d03020', { width: 64, height: 64 }).jpeg().toBuffer();

  const recordsOf = (tenant: string) =>
    [...records.entries()].flatMap(({ record }) =>
      record.name.startsWith(`tenants/${tenant}/`) ? [record] : [],
    );
  const outcomes = (tenant: string) => recordsOf(tenant).map(({ status, reason }) => `${status} ${reason}`);

  return {
    outcomes,
    async upload({ attacker, bombs, shop }: Uploads): Promise<void> {
      for (let index = 0; index < IMAGES; index += 1) {
        if (index < bombs) await put(`tenants/${attacker}/${index}`, BOMB);
        await put(`tenants/${shop}/${index}`, await image);
      }
    },
    whenSettled: (tenant: string, count: number) =>
      until(
        `${count} records of ${tenant} with a terminal status`,
        () => {
          const found = recordsOf(tenant);
          return found.length === count && found.every(({ status }) => status !== 'queued');
        },
        100_000,
      ),
    async stop(): Promise<void> {
      await platform.stop();
      await app.close();
    },
  };

  async function put(name: string, bytes: Uint8Array): Promise<void> {
    await objects.write({ bucket: BUCKET, name, bytes });
    const object = await objects.stat(BUCKET, name);
    if (object === undefined) throw new Error(`Expected ${name} in the bucket`);
    const { uploadedAt, ...facts } = object;
    const resource = { ...facts, timeCreated: new Date(uploadedAt).toISOString() };
    await platform.takeObjectEvent({ type: 'finalized', resource } as never);
  }
}
