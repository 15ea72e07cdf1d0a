/** The whole loop: images are labelled wrongly, people correct them, a model learns it, proves it, is promoted, and is taken back. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SampleImage, sampleImages } from '@hangtag/drawings/sample-images.js';
import { EmbeddedPlatform } from '@hangtag/emulators/embedded/platform.js';
import { commonAdapters } from '@hangtag/functions/app/common-adapters.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { learnCorrections } from '@hangtag/functions/learn/learn-corrections.js';
import { promote, rollBack } from '@hangtag/functions/models/handler.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import type { ModelPin } from '@hangtag/shared/domain/model-version.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { learnModel } from '@hangtag/shared/learning/learn-model.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { labelledFolders } from '@hangtag/tools/learn/labelled-folders.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { BUCKET, keyOf } from '../fixtures/records.js';
import { type MemoryApp, memoryApp } from '../support/memory-app.js';
import { ScriptedClassifier } from '../support/stage.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const SHIPPED = fromRoot('models/fashion-mobilenetv2');
const KNOWN = ['Handbags', 'Heels'];
const NEW = 'Watches';
const UNSEEN = { onNote: () => {}, onProgress: () => {} };
const REQUEST = { tenant: DEFAULT_TENANT, by: 'anna' };

describe('The loop of learning', function () {
  this.timeout(180_000);
  let dir: string;
  let memory: MemoryApp;
  let platform: EmbeddedPlatform;
  const pictures = new Map<string, SampleImage[]>();
  let writes = 0;

  before(async () => {
    dir = temporaryDirectory();
    for await (const image of sampleImages({ count: 600, seed: 77, longestSide: 150 })) {
      if (![...KNOWN, NEW].includes(image.category)) continue;
      pictures.set(image.category, [...(pictures.get(image.category) ?? []), image]);
    }
    const installed = await installedModel();
    const env = {
      HANGTAG_BUCKET: BUCKET,
      HANGTAG_MODEL_DIR: installed,
      HANGTAG_MODEL_STORE: join(dir, 'models'),
      HANGTAG_SURGE_BURST_IMAGES: '1000',
    };
    const { models } = commonAdapters(parseConfig(env), systemClock, async () => memory.objects);
    memory = memoryApp({
      clock: systemClock,
      classifier: new ScriptedClassifier(),
      env,
      adapters: { models },
      onPublish: (topic, message) => platform.publish(topic, message),
    });
    platform = new EmbeddedPlatform(memory.app);
    memory.records.subscribe(() => {
      writes += 1;
    });
  });

  after(async () => {
    await platform?.stop();
    await memory?.app.close();
  });

  it('labels a new kind of picture right after 20 corrections, and wrong again after the roll-back', async () => {
    const { app } = memory;
    const wrong = await dropped(take(NEW, 20));
    expect(categoriesOf(wrong)).not.to.include(NEW);
    for (const record of wrong) await correct(record, NEW);

    const version = await learned();
    await untilOnTrial();
    const tried = await dropped([...take(NEW, 20), ...take('Heels', 5)]);
    const unproved = await promote(
      { ...REQUEST, version: undefined, mode: 'if-better' },
      await app.rollouts(),
    );
    for (const record of tried) await correct(record, record.name.startsWith('Heels') ? 'Heels' : NEW);
    const proved = await promote({ ...REQUEST, version: undefined, mode: 'if-better' }, await app.rollouts());
    const right = await dropped(take(NEW, 3));
    await rollBack(REQUEST, await app.rollouts());
    const back = await dropped(take(NEW, 3));

    expect(unproved.kind).to.equal('refused');
    expect(proved).to.deep.include({ kind: 'promoted', against: [] });
    expect(new Set(categoriesOf(right))).to.deep.equal(new Set([NEW]));
    expect(right.map(({ model }) => model?.version)).to.deep.equal(Array(3).fill(version.version));
    expect(categoriesOf(back)).not.to.include(NEW);
    const history = await (await app.rollouts()).rollouts.list(DEFAULT_TENANT);
    expect(history.map(({ action }) => action)).to.deep.equal(['rollback', 'promote', 'trial']);
    expect(history[1]?.evidence?.judged).to.equal(25);
  });

  /** Of folders of drawings, without the new kind. */
  async function installedModel(): Promise<string> {
    for (const category of KNOWN) {
      await mkdir(join(dir, 'pictures', category), { recursive: true });
      for (const { name, bytes } of take(category, 12))
        await writeFile(join(dir, 'pictures', category, name.replaceAll('/', '-')), bytes);
    }
    const from = join(dir, 'pictures');
    const gathered = await labelledFolders(from);
    const request = { gathered, baseDir: SHIPPED, min: 10, out: join(dir, 'base'), id: 'loop' };
    return (await learnModel({ ...request, keepsLabels: false }, UNSEEN)).dir;
  }

  /** As `npm run learn` does it. */
  async function learned(): Promise<ModelPin> {
    const ports = { ...(await memory.app.rollouts()), objects: memory.objects, clock: systemClock };
    const request = { ...REQUEST, baseDir: undefined, share: 1, trusted: [], min: 10, id: 'loop' };
    return (await learnCorrections({ ...request, out: join(dir, 'new') }, ports, UNSEEN)).version;
  }

  function take(category: string, n: number): readonly SampleImage[] {
    const taken = pictures.get(category)?.splice(0, n) ?? [];
    if (taken.length < n)
      throw new Error(`Expected ${n} more drawings of ${category} but found ${taken.length}`);
    return taken;
  }

  /** Uploads the pictures. @returns their records, once all are labelled by two writes each */
  async function dropped(images: readonly SampleImage[]): Promise<readonly ImageRecord[]> {
    const before = writes;
    const names = images.map(({ category, name }) => `${category}/${name}`);
    for (const [index, { bytes }] of images.entries()) {
      const name = names[index] ?? '';
      await memory.objects.write({ bucket: BUCKET, name, bytes });
      const object = await memory.objects.stat(BUCKET, name);
      if (object !== undefined) await ingest({ kind: 'finalized', object }, await memory.app.ingest());
    }
    const records = await until(
      'a label of every picture',
      async () => {
        const found = await Promise.all(names.map((name) => memory.records.get(keyOf(name))));
        const labelled = found.flatMap((each) => (each?.record.labeledAt ? [each.record] : []));
        return labelled.length === names.length && labelled;
      },
      100_000,
    );
    expect(writes - before).to.equal(2 * names.length);
    return records;
  }

  async function correct({ name, generation }: ImageRecord, category: string): Promise<void> {
    const known = await memory.records.get(keyOf(name));
    if (known === undefined) throw new Error(`Expected a record of ${name}`);
    const correction = { category, by: 'anna', at: systemClock.now(), generation };
    await memory.records.update(
      keyOf(name),
      { set: { correction, status: 'done', reason: null } },
      known.version,
    );
  }

  async function untilOnTrial(): Promise<void> {
    const registry = await memory.app.models();
    await until('the model on trial', async () => (await registry.resolve(DEFAULT_TENANT)).shadow, 60_000);
  }
});

function categoriesOf(records: readonly ImageRecord[]): readonly (string | null)[] {
  return records.map(({ category }) => category);
}
