import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { type ModelPin, NO_MODELS, type TenantModels } from '@hangtag/shared/domain/model-version.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import { ModelError, TransientError } from '@hangtag/shared/errors.js';
import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { CircuitOpen } from '@hangtag/shared/inference/circuit-breaker.js';
import { openModelRegistry } from '@hangtag/shared/inference/model-registry.js';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import type { ModelRegistry } from '@hangtag/shared/ports/model-registry.js';
import { expect } from 'chai';
import { flat } from '../../fixtures/pictures.js';
import { coloursManifest, copyOfColours } from '../../support/model-folder.js';
import { descendantsOf, livingOf } from '../../support/process-state.js';
import { rejection } from '../../support/rejection.js';
import { ManualClock } from '../../support/stage.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const ACME = 'acme' as TenantId;
const ENOUGH_BYTES = Number.MAX_SAFE_INTEGER;

describe('A registry of models', () => {
  let store: FolderModelStore;
  let registry: ModelRegistry | undefined;
  let red: Buffer;
  let models: TenantModels;
  let clock: ManualClock;
  let lines: Record<string, unknown>[];
  /** What the registry reported: the tenant, the model that is missing, and the one in its place. */
  let reports: unknown[];

  before(async () => {
    red = await flat('#d03020').png().toBuffer();
  });
  beforeEach(async () => {
    const root = temporaryDirectory();
    store = new FolderModelStore(root);
    models = NO_MODELS;
    clock = new ManualClock();
    lines = [];
    reports = [];
  });
  afterEach(async () => {
    await registry?.close();
    registry = undefined;
  });

  const added = async (
    version: string,
    change: Parameters<typeof copyOfColours>[0] = () => {},
  ): Promise<ModelPin> =>
    store.put(
      await copyOfColours((manifest) => {
        Object.assign(manifest, { id: 'acme', version });
        change(manifest);
      }),
    );

  const open = async (dir: string, maxBytes = ENOUGH_BYTES) => {
    registry = await openModelRegistry({
      dir,
      engine: 'onnx',
      workers: 1,
      store: async () => store,
      settingsOf: async (tenant) => ({
        policy: DEFAULT_VERDICT_POLICY,
        models: tenant === ACME ? models : NO_MODELS,
      }),
      maxBytes,
      clock,
      log: { error: (line) => void lines.push({ ...line }) },
      report: (tenant, missing) =>
        void reports.push([tenant, missing?.active.version, missing?.inPlace?.version]),
    });
    return registry;
  };

  /** The version that labels a picture of the tenant. */
  const versionFor = async (tenant: TenantId) => {
    const { classifier } = (await registry?.resolve(tenant)) ?? {};
    await classifier?.classify(red);
    return classifier?.model.version;
  };

  it('labels with the model, and gives its manifest and the policy of the tenant', async () => {
    const opened = await open(await copyOfColours());

    const { classifier, manifest, policy } = await opened.resolve(DEFAULT_TENANT);
    const { scores } = await classifier.classify(red);

    expect(scores[0]?.label).to.equal('red');
    expect(manifest.labels).to.include('red');
    expect(policy).to.equal(DEFAULT_VERDICT_POLICY);
  });

  it('makes a thumbnail if it is asked for one', async () => {
    const { classifier } = await (await open(await copyOfColours())).resolve(DEFAULT_TENANT);
    const wide = await flat('#d03020', { width: 640, height: 320 }).png().toBuffer();

    const { thumbnail } = await classifier.classify(wide, { withThumbnail: true });

    const { format, width, height } = await sharp(thumbnail?.bytes).metadata();
    expect({ format, width, height }).to.deep.equal({ format: 'webp', width: 320, height: 160 });
    expect(await classifier.classify(red)).not.to.have.property('thumbnail');
  });

  it('finds the colours of the picture if it is asked for them', async () => {
    const { classifier } = await (await open(await copyOfColours())).resolve(DEFAULT_TENANT);

    const { palette } = await classifier.classify(red, { withPalette: true });

    expect(palette?.map(({ name }) => name.split(' ').at(-1))).to.deep.equal(['red']);
    expect(await classifier.classify(red)).not.to.have.property('palette');
  });

  it('loads a model again that could not be loaded, with the next use', async () => {
    const dir = await copyOfColours();
    const { onnx = '' } = (await coloursManifest())['engines'] as unknown as Record<string, string>;
    const weights = join(dir, onnx);
    const bytes = await readFile(weights);
    await rm(weights);
    const opened = await open(dir);

    const refusal = await rejection(opened.ready());
    await writeFile(weights, bytes);
    await opened.ready();

    expect(refusal).to.be.instanceOf(ModelError);
    expect(await versionFor(DEFAULT_TENANT)).to.equal('1.0.0');
  });

  it('closes after a model that could not be loaded', async () => {
    const dir = await copyOfColours((manifest) => {
      for (const golden of manifest.golden) golden.outputs = { ...golden.outputs, onnx: [9, 9, 9, 9] };
    });
    const opened = await open(dir);

    expect(await rejection(opened.ready())).to.be.instanceOf(ModelError);
    await opened.close();
  });

  it('labels with the active model of a tenant, from the next image after a change', async () => {
    const [one, two] = [await added('1'), await added('2')];
    await open(await copyOfColours());
    models = { ...NO_MODELS, active: one };

    expect(await versionFor(ACME)).to.equal('1');
    models = { ...NO_MODELS, active: two, previous: one };
    expect(await versionFor(ACME)).to.equal('2');
    expect(await versionFor(DEFAULT_TENANT)).to.equal('1.0.0');
    expect(lines).to.deep.equal([]);
  });

  it('labels with the previous model, or with that of the installation, if the active one cannot be loaded', async () => {
    const bad = await added('2', (manifest) => {
      for (const golden of manifest.golden) golden.outputs = { ...golden.outputs, onnx: [9, 9, 9, 9] };
    });
    const previous = await added('1');
    await open(await copyOfColours());
    models = { ...NO_MODELS, active: bad, previous };

    expect(await versionFor(ACME)).to.equal('1');
    models = { ...NO_MODELS, active: bad };
    expect(await versionFor(ACME)).to.equal('1.0.0');

    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ outcome: 'model-not-loaded', model: 'acme@2' });
  });

  it('reports once that the active model of a tenant cannot be loaded, and once that it labels again', async () => {
    const [one, two] = [await added('1'), await added('2')];
    await store.remove(two);
    await open(await copyOfColours());

    await versionFor(DEFAULT_TENANT);
    models = { ...NO_MODELS, active: one };
    for (const _ of [1, 2]) await versionFor(ACME);
    models = { ...NO_MODELS, active: two, previous: one };
    for (const _ of [1, 2]) await versionFor(ACME);
    models = NO_MODELS;
    for (const _ of [1, 2]) await versionFor(ACME);

    expect(reports).to.deep.equal([
      [ACME, undefined, undefined],
      [ACME, '2', '1'],
      [ACME, undefined, undefined],
    ]);
  });

  it('tries a model again after a minute, and not before', async () => {
    const pin = await added('1');
    await store.remove(pin);
    await open(await copyOfColours());
    models = { ...NO_MODELS, active: pin };

    expect(await versionFor(ACME)).to.equal('1.0.0');
    await added('1');
    clock.advance(59_000);
    expect(await versionFor(ACME)).to.equal('1.0.0');
    clock.advance(1_000);
    expect(await versionFor(ACME)).to.equal('1');
  });

  it('refuses a version that was replaced in place, and labels with that of the installation', async () => {
    const pin = await added('1');
    await store.remove(pin);
    await added('1', (manifest) => Object.assign(manifest, { calibration: { temperature: 2 } }));
    await open(await copyOfColours());
    models = { ...NO_MODELS, active: pin };

    expect(await versionFor(ACME)).to.equal('1.0.0');
    expect(lines[0]?.['err']).to.be.instanceOf(ModelError);
  });

  it('labels with the previous model when the files of a loaded one were removed and its workers ended', async () => {
    const [one, two] = [await added('1'), await added('2')];
    await open(await copyOfColours());
    models = { ...NO_MODELS, active: one };
    await versionFor(ACME);
    const others = descendantsOf(process.pid);
    models = { ...NO_MODELS, active: two, previous: one };
    const { classifier } = (await registry?.resolve(ACME)) ?? {};
    await classifier?.classify(red);

    await store.remove(two);
    expect(await versionFor(ACME)).to.equal('2');
    for (const id of livingOf(descendantsOf(process.pid)))
      if (!others.includes(id)) process.kill(id, 'SIGKILL');
    const refusal = await rejection(classifier?.classify(red) ?? Promise.resolve());

    expect(refusal).to.be.instanceOf(TransientError).and.not.instanceOf(CircuitOpen);
    expect(await versionFor(ACME)).to.equal('1');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ outcome: 'model-not-loaded', model: 'acme@2' });
    await added('2');
    clock.advance(60_000);
    expect(await versionFor(ACME)).to.equal('2');
  });

  it('has a shadow once it has loaded, and makes no image wait for it', async () => {
    const shadow = await added('2');
    const opened = await open(await copyOfColours());
    models = { ...NO_MODELS, shadow: { ...shadow, share: 0.25 } };

    expect((await opened.resolve(ACME)).shadow).to.equal(undefined);
    await opened.ready();
    const resolved = await opened.resolve(ACME);

    expect(resolved.shadow?.share).to.equal(0.25);
    expect(resolved.shadow?.classifier.model.version).to.equal('2');
    expect((await opened.resolve(DEFAULT_TENANT)).shadow).to.equal(undefined);
  });

  it('closes the model that was not used for the longest time when the memory is used up, and says so', async () => {
    const [one, two] = [await added('1'), await added('2')];
    const opened = await open(await copyOfColours(), 1);
    models = { ...NO_MODELS, active: one };
    const { classifier } = await opened.resolve(ACME);
    const inWork = classifier.classify(red);
    models = { ...NO_MODELS, active: two };

    expect(await versionFor(ACME)).to.equal('2');
    expect((await inWork).scores[0]?.label).to.equal('red');
    models = { ...NO_MODELS, active: one };
    expect(await versionFor(ACME)).to.equal('1');

    const line = lines.find(({ model }) => model === 'acme@2');
    expect(line).to.deep.include({ outcome: 'models-exceed-memory', closed: ['acme@1'], maxBytes: 1 });
  });

  it('closes a model that was not used for a minute as one that nobody needs', async () => {
    const [one, two] = [await added('1'), await added('2')];
    await open(await copyOfColours(), 1);
    models = { ...NO_MODELS, active: one };
    await versionFor(ACME);
    clock.advance(60_000);
    models = { ...NO_MODELS, active: two };

    await versionFor(ACME);

    expect(lines.find(({ model }) => model === 'acme@2')).to.deep.include({ closed: [] });
  });

  it('loads a model once for many images at once', async () => {
    const pin = await added('1');
    await open(await copyOfColours());
    models = { ...NO_MODELS, active: pin };
    const get = store.get.bind(store);
    let gets = 0;
    store.get = (wanted) => {
      gets += 1;
      return get(wanted);
    };

    await Promise.all(Array.from({ length: 8 }, () => versionFor(ACME)));

    expect(gets).to.equal(1);
  });
});
