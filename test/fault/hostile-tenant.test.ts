/** Bombs of one tenant among the images of another one, through the whole pipeline and real worker processes. */
import { readFileSync } from 'node:fs';
import { EmbeddedPlatform } from '@hangtag/emulators/embedded/platform.js';
import { NO_MODELS } from '@hangtag/shared/domain/model-version.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import type { ImageError } from '@hangtag/shared/errors.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { type IsolationOptions, isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
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
const AVIF_BOMB = readFileSync(new URL('../../fixtures/pictures/bomb-50mp.avif', import.meta.url));
/** A WebP of 38 bytes and 144 megapixels: sharp({ create: { width: 12000, height: 12000, ... } }).webp({ lossless: true }). */
const WEBP_BOMB = Buffer.from('UklGRh4AAABXRUJQVlA4TBEAAAAv3+63CwdQmEIXpP+BiOh/AAA=', 'base64');
const IMAGES = 24;

/** What a picture may demand: as deployed, or so much that only the time limit of its worker, made short, ends a bomb. */
const DEPLOYED: Limits = { limits: DEFAULT_LIMITS };
const TIME_ALONE: Limits = {
  limits: { ...DEFAULT_LIMITS, maxPixels: Number.MAX_SAFE_INTEGER, maxDecodeBytes: Number.MAX_SAFE_INTEGER },
  timeLimitMs: 200,
};

const DEFENCES = [
  {
    defence: 'before it is decoded',
    attack: { bomb: AVIF_BOMB, bombs: 12 },
    limits: DEPLOYED,
    reason: 'too-large-to-decode',
  },
  {
    defence: 'by the end of its worker',
    attack: { bomb: WEBP_BOMB, bombs: 3 },
    limits: TIME_ALONE,
    reason: 'too-slow',
  },
];

for (const { defence, attack, limits, reason } of DEFENCES) {
  describe(`Bombs of one tenant, stopped ${defence}`, function () {
    this.timeout(240_000);
    const pipeline = startPipeline(limits);
    after(() => pipeline.stop());

    it('fail, and every image of another tenant is labelled', async () => {
      await pipeline.upload({ attacker: 'attacker', ...attack, shop: 'shop' });

      await pipeline.whenSettled('attacker', attack.bombs);
      await pipeline.whenSettled('shop', IMAGES);
      expect(pipeline.outcomes('attacker')).to.deep.equal(Array(attack.bombs).fill(`failed ${reason}`));
      expect(pipeline.outcomes('shop')).to.deep.equal(Array(IMAGES).fill('done null'));
    });
  });
}

it('A bomb that is refused by its header ends no worker', async () => {
  const pool = await isolateClassifier(COLOURS_MODEL, { workers: 1 });
  try {
    const before = [...pool.workerPids];

    const refusals = await Promise.all(
      [1, 2, 3].map(() => pool.classify(AVIF_BOMB).catch((error: ImageError) => error.code)),
    );

    expect(refusals).to.deep.equal(Array(3).fill('too-large-to-decode'));
    expect(pool.workerPids).to.deep.equal(before);
    expect(before).to.have.length(1);
  } finally {
    await pool.close();
  }
});

/** The bombs of one tenant, each followed by an image of the other. */
interface Uploads {
  readonly attacker: string;
  /** The picture. */
  readonly bomb: Uint8Array;
  readonly bombs: number;
  readonly shop: string;
}

type Limits = Pick<IsolationOptions, 'limits' | 'timeLimitMs'>;

function startPipeline(limits: Limits) {
  const { app, objects, records } = memoryApp({
    clock: systemClock,
    classifier: new ScriptedClassifier(),
    env: { HANGTAG_BUCKET: BUCKET },
    adapters: {
      models: () =>
        openModelRegistry({
          dir: COLOURS_MODEL,
          engine: undefined,
          ...limits,
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
    async upload({ attacker, bomb, bombs, shop }: Uploads): Promise<void> {
      for (let index = 0; index < IMAGES; index += 1) {
        if (index < bombs) await put(`tenants/${attacker}/${index}`, bomb);
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
