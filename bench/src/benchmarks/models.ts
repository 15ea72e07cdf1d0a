/**
 * The registry of models, with the shipped one under many versions: the first label of a cold and of a warm one, a switch under load,
 * memory by loaded models, and throughput with a model on trial.
 */
import { DEFAULT_TENANT, imageIdOf } from '@hangtag/shared/domain/identity.js';
import { isSampled } from '@hangtag/shared/domain/trial.js';
import type { ModelRegistry } from '@hangtag/shared/ports/model-registry.js';
import { type Benchmark, type Context, repeat } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { type ModelVersions, withModelVersions } from '../measure/model-versions.js';
import { nodeProcesses, residentMib } from '../measure/node-processes.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { until } from '../measure/until.js';

const RUNS = { full: 5, quick: 2 };
const IMAGES = { full: 400, quick: 40 };
const WARM_LABELS = 20;
const IN_FLIGHT = 8;
const LOADED = { full: [1, 4, 16], quick: [1, 4] };
const SHARES = [0, 0.1, 1];

interface Work extends Context {
  readonly versions: ModelVersions;
  readonly photos: readonly Buffer[];
}

export const benchmark: Benchmark = async (context) => {
  const photos = await pictures(SHOP_PHOTO, context.say);
  const count = Math.max(...LOADED[context.scale]);
  return withModelVersions(count, async (versions) => {
    const work = { ...context, versions, photos };
    return [
      ...(await firstLabels(work)),
      ...(await switches(work)),
      ...(await memory(work)),
      ...(await trials(work)),
    ];
  });
};

/** From the resolution of the tenant's model to the label: of a version that is not loaded, and of a loaded one. */
async function firstLabels({ versions, photos, scale }: Work): Promise<readonly Measurement[]> {
  const cold: number[] = [];
  const warm: number[] = [];
  await repeat(RUNS[scale], async () => {
    const { registry, use } = await versions.open();
    await registry.ready();
    use({ active: versions.pins[0] ?? null });
    cold.push(await msOf(() => label(registry, photos, 0)));
    warm.push(
      (await msOf(() => repeat(WARM_LABELS, (index) => label(registry, photos, index)))) / WARM_LABELS,
    );
    await registry.close();
  });
  return [
    { name: 'models.cold_first_label_ms', unit: 'ms', values: cold },
    { name: 'models.warm_label_ms', unit: 'ms', values: warm },
  ];
}

/** From the change of the tenant's document to the first label of the new version, while images come without a pause. */
async function switches({ versions, photos, scale }: Work): Promise<readonly Measurement[]> {
  const tookMs: number[] = [];
  const failed: number[] = [];
  const [one = null, two = null] = versions.pins;
  await repeat(RUNS[scale], async () => {
    const { registry, use } = await versions.open();
    await registry.ready();
    use({ active: one });
    let failures = 0;
    let isOver = false;
    const seen = new Set<string>();
    const load = async () => {
      for (let index = 0; !isOver; index += 1)
        await label(registry, photos, index).then(
          (version) => seen.add(version),
          () => {
            failures += 1;
          },
        );
    };
    const streams = Array.from({ length: IN_FLIGHT }, load);
    await until(async () => seen.has(one?.version ?? '') || undefined);
    const startedAt = performance.now();
    use({ active: two, previous: one });
    await until(async () => seen.has(two?.version ?? '') || undefined);
    tookMs.push(performance.now() - startedAt);
    isOver = true;
    await Promise.all(streams);
    failed.push(failures);
    await registry.close();
  });
  return [
    { name: 'models.switch_under_load_ms', unit: 'ms', values: tookMs },
    { name: 'models.switch_failed_images', unit: 'failed images', values: failed },
  ];
}

/** Of this process and the workers of all models: that of the installation and so many more, with a worker each. */
async function memory({ versions, photos, scale }: Work): Promise<readonly Measurement[]> {
  const { registry, use } = await versions.open(1);
  await registry.ready();
  const measurements: Measurement[] = [];
  for (const [index, active] of versions.pins.entries()) {
    use({ active });
    await label(registry, photos, 0);
    if (!LOADED[scale].includes(index + 1)) continue;
    const sizes = await Promise.all((await nodeProcesses(process.pid)).map(residentMib));
    const values = [sizes.reduce((sum, each) => sum + each, 0)];
    measurements.push({ name: `models.memory_${index + 1}_mib`, unit: 'MiB', values });
  }
  await registry.close();
  return measurements;
}

/** Images per second, with a share of them labelled by a second model too, as `classify` does it. */
async function trials({ versions, photos, scale }: Work): Promise<readonly Measurement[]> {
  const { registry, use } = await versions.open();
  const [shadow] = versions.pins;
  if (shadow === undefined) throw new RangeError('Expected a version but found none');
  const measurements: Measurement[] = [];
  for (const share of SHARES) {
    use({ shadow: { ...shadow, share } });
    await registry.resolve(DEFAULT_TENANT);
    await registry.ready();
    const values = await repeat(RUNS[scale], async () => {
      let next = 0;
      const stream = async () => {
        for (let index = next++; index < IMAGES[scale]; index = next++) await label(registry, photos, index);
      };
      const ms = await msOf(() => Promise.all(Array.from({ length: IN_FLIGHT }, stream)));
      return (1_000 * IMAGES[scale]) / ms;
    });
    const name = `models.shadow_${100 * share}_percent_images_per_s`;
    measurements.push({ name, unit: '/s', values, ratioTo: 'models.shadow_0_percent_images_per_s' });
  }
  await registry.close();
  return measurements;
}

/** @returns the version that labelled */
async function label(registry: ModelRegistry, photos: readonly Buffer[], index: number): Promise<string> {
  const photo = photos[index % photos.length] ?? Buffer.alloc(0);
  const { classifier, shadow } = await registry.resolve(DEFAULT_TENANT);
  await classifier.classify(photo);
  if (shadow && isSampled(imageIdOf('bench', String(index)), shadow.share))
    await shadow.classifier.classify(photo);
  return classifier.model.version;
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
