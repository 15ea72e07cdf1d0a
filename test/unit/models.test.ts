import {
  endTrial,
  modelsAt,
  modelsOf,
  promote,
  type RolloutPorts,
  removeModel,
  rollBack,
  startTrial,
} from '@hangtag/functions/models/handler.js';
import { MemoryDayRecords } from '@hangtag/shared/adapters/memory/day-records.js';
import { MemoryKnownModels } from '@hangtag/shared/adapters/memory/known-models.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemoryRolloutStore } from '@hangtag/shared/adapters/memory/rollout-store.js';
import { MemoryTenantStore } from '@hangtag/shared/adapters/memory/tenant-store.js';
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { type ModelPin, NO_MODELS } from '@hangtag/shared/domain/model-version.js';
import { InputError, ModelError, TransientError, UsageError } from '@hangtag/shared/errors.js';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import { unstoredLines } from '@hangtag/tools/models/print.js';
import { requireNoModel } from '@hangtag/tools/models/require-no-model.js';
import { expect } from 'chai';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { aCorrection, aLabelledRecord, aNewRecord, keyOf } from '../fixtures/records.js';
import { copyOfColours, type LooseManifest } from '../support/model-folder.js';
import { rejection } from '../support/rejection.js';
import { ManualClock } from '../support/stage.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const REQUEST = { tenant: DEFAULT_TENANT, by: 'anna' };
const GHOST = 'ghost' as TenantId;

describe('The models of a tenant', () => {
  let clock: ManualClock;
  let records: MemoryRecordStore;
  let ports: RolloutPorts;
  let one: ModelPin;
  let two: ModelPin;

  const stored = async (version: string, change: (manifest: LooseManifest) => void = () => {}) => {
    const folder = await copyOfColours((manifest) => {
      Object.assign(manifest, { id: 'shop', version });
      change(manifest);
    });
    return ports.store.put(folder);
  };

  beforeEach(async () => {
    const root = temporaryDirectory();
    clock = new ManualClock();
    records = new MemoryRecordStore(clock);
    const tenants = new MemoryTenantStore();
    ports = {
      tenants,
      rollouts: new MemoryRolloutStore(tenants, clock),
      known: new MemoryKnownModels(clock),
      store: new FolderModelStore(root),
      dayRecords: new MemoryDayRecords(records),
      installedDir: COLOURS_MODEL,
    };
    [one, two] = [await stored('1'), await stored('2')];
  });

  const trial = (version: ModelPin, share = 0.1) => startTrial({ ...REQUEST, version, share }, ports);
  const promoted = (mode: 'if-better' | 'forced', version?: ModelPin) =>
    promote({ ...REQUEST, version, mode }, ports);

  /** Images that people called red, and the two models something. */
  const judge = async (n: number, active: string, shadow: string) => {
    for (let index = 0; index < n; index += 1) {
      const name = `${active}/${shadow}/${index}`;
      const { labeledAt, updatedAt, queuedAt, ...record } = aLabelledRecord({
        ...aNewRecord({ name }),
        status: 'done',
        category: active,
        confidence: 0.9,
        shadow: { model: { ...two, sha256: 'b' }, category: shadow, confidence: 0.9, inferMs: 3 },
        correction: aCorrection({ category: 'red' }),
      });
      await records.create(keyOf(name), { ...record, labeledAt: null });
    }
  };

  it('are those of the installation at first', async () => {
    expect(await modelsOf(DEFAULT_TENANT, ports)).to.deep.equal(NO_MODELS);
    expect(await modelsAt(DEFAULT_TENANT, clock.now(), ports)).to.deep.equal(NO_MODELS);
  });

  it('change by a trial, a promotion and a roll-back, each with an entry of the history', async () => {
    await judge(60, 'red', 'red');
    await judge(40, 'blue', 'red');
    const begin = clock.now();
    clock.advance(1_000);
    await trial(two, 0.5);
    clock.advance(1_000);
    const outcome = await promoted('if-better');
    clock.advance(1_000);
    const after = await rollBack(REQUEST, ports);

    expect(outcome).to.deep.include({ kind: 'promoted', against: [] });
    expect(after).to.deep.equal(NO_MODELS);
    const [rollback, promotion, first] = await ports.rollouts.list(DEFAULT_TENANT);
    expect(first).to.deep.include({ n: 1, action: 'trial', by: 'anna' });
    expect(promotion).to.deep.include({ n: 2, action: 'promote', model: { ...NO_MODELS, active: two } });
    expect(promotion?.evidence).to.include({
      images: 100,
      judged: 100,
      activeAccuracy: 0.6,
      shadowAccuracy: 1,
    });
    expect(rollback).to.deep.include({ n: 3, action: 'rollback', model: NO_MODELS });
    expect((await modelsAt(DEFAULT_TENANT, begin + 2_500, ports)).active).to.deep.equal(two);
    expect((await modelsAt(DEFAULT_TENANT, begin + 3_500, ports)).active).to.equal(null);
  });

  it('do not change if the model on trial is not better, or was never judged', async () => {
    await trial(two);
    const unjudged = await promoted('if-better');
    await judge(100, 'red', 'blue');
    const worse = await promoted('if-better');

    expect(unjudged)
      .to.have.property('because')
      .that.match(/at least 20 judged images of the trial but found 0/);
    expect(worse).to.have.property('because').that.has.length(3);
    expect((await modelsOf(DEFAULT_TENANT, ports)).active).to.equal(null);
    expect(await ports.rollouts.list(DEFAULT_TENANT)).to.have.length(1);
  });

  it('change by force, and the history keeps what spoke against it', async () => {
    await promoted('forced', one);

    const [entry] = await ports.rollouts.list(DEFAULT_TENANT);
    expect(entry?.model.active).to.deep.equal(one);
    expect(entry?.against).to.match(/at least 20 judged images/);
    expect(entry?.evidence).to.equal(null);
  });

  it('compare only images that the present active model labelled', async () => {
    await judge(100, 'blue', 'red');
    await promoted('forced', one);
    await trial(two);

    expect(await promoted('if-better'))
      .to.have.property('because')
      .that.match(/but found 0/);
  });

  it('never lack a label that is in use', async () => {
    const fewer = await stored('3', (manifest) => {
      Object.assign(manifest, { labels: (manifest.labels as string[]).map((label) => `${label}-ish`) });
    });

    const refusal = await rejection(trial(fewer));
    const outcome = await promoted('if-better', fewer);

    expect(refusal).to.be.instanceOf(InputError);
    expect(refusal).to.have.property('message').that.includes('every label in use but shop@3 has no "red"');
    expect(outcome)
      .to.have.property('because')
      .that.includes.members([(refusal as Error).message.split('. A forced')[0]]);
  });

  it('are refused for a tenant that does not exist and for a version that is not stored', async () => {
    const ghost = await rejection(startTrial({ ...REQUEST, tenant: GHOST, version: one, share: 1 }, ports));
    const unstored = await rejection(trial({ ...one, version: '9' }));

    expect(ghost).to.be.instanceOf(InputError);
    expect(ghost)
      .to.have.property('message')
      .that.includes('"ghost" has none. Type: npm run tenants -- list');
    expect(unstored).to.have.property('message').that.includes('found no shop@9');
  });

  it('are refused without a model on trial, and without a promoted one to roll back', async () => {
    expect(await rejection(promoted('if-better'))).to.be.instanceOf(InputError);
    expect(await rejection(rollBack(REQUEST, ports))).to.be.instanceOf(InputError);
    expect(await rejection(removeModel({ id: 'shop', version: '9' }, ports))).to.be.instanceOf(InputError);
  });

  it('keep a version in the store while a tenant uses it', async () => {
    await promoted('forced', one);
    await promoted('forced', two);

    const refusal = await rejection(removeModel(one, ports));
    await rollBack(REQUEST, ports);
    await removeModel(two, ports);

    expect(refusal)
      .to.have.property('message')
      .that.includes('shop@1 is, for these tenants: default. Type: npm run models -- list');
    expect(await ports.store.list()).to.deep.equal([one]);
  });

  it('are named if the store lost them or has another content, and end by a roll-back and the end of the trial', async () => {
    await promoted('forced', one);
    await trial(two);
    const before = unstoredLines(await modelsOf(DEFAULT_TENANT, ports), await ports.store.list());
    for (const version of [one, two]) await ports.store.remove(version);
    await stored('2', (manifest) => Object.assign(manifest, { calibration: { temperature: 2 } }));

    const lost = unstoredLines(await modelsOf(DEFAULT_TENANT, ports), await ports.store.list());
    expect(await rejection(promoted('forced', two))).to.be.instanceOf(ModelError);
    await endTrial(REQUEST, ports);
    await rollBack(REQUEST, ports);

    expect(before).to.deep.equal([]);
    expect(lost).to.deep.equal([
      'The store does not have shop@1, or has another content under this version.',
      'The store does not have shop@2, or has another content under this version.',
    ]);
    expect(await modelsOf(DEFAULT_TENANT, ports)).to.deep.equal(NO_MODELS);
  });

  it('end a trial, once, and the active one stays', async () => {
    await promoted('forced', one);
    await trial(two);

    const after = await endTrial(REQUEST, ports);

    expect(after).to.deep.equal({ ...NO_MODELS, active: one });
    expect(await rejection(endTrial(REQUEST, ports))).to.be.instanceOf(InputError);
  });

  it('are known with their card from the first command on, and with the figures of their trial when it ends', async () => {
    await judge(30, 'red', 'red');
    await trial(two);
    const during = await ports.known.list(DEFAULT_TENANT);
    await trial(one);
    await endTrial(REQUEST, ports);

    expect(during).to.have.length(1);
    expect(during[0]).to.deep.include({ ...two, addedBy: 'anna', addedWith: 'trial', trial: null });
    expect(during[0]?.labels).to.include('red');
    const [first, second] = await ports.known.list(DEFAULT_TENANT);
    expect(first).to.include({ version: '1', trial: null });
    expect(second?.trial).to.include({ images: 30, judged: 30, shadowAccuracy: 1 });
  });

  it('are known with the figures that a promotion was made on, until they are removed', async () => {
    await judge(60, 'red', 'red');
    await judge(40, 'blue', 'red');
    await trial(two);
    await promoted('if-better');
    const [known] = await ports.known.list(DEFAULT_TENANT);
    await rollBack(REQUEST, ports);
    await removeModel(two, ports);

    expect(known?.trial).to.include({ images: 100, activeAccuracy: 0.6 });
    expect(await ports.known.list(DEFAULT_TENANT)).to.deep.equal([]);
  });

  it('are not lost with the settings of the tenant', async () => {
    await promoted('forced', one);
    const document = (await ports.tenants.list()).get(DEFAULT_TENANT);

    expect(() => requireNoModel(DEFAULT_TENANT, document)).to.throw(
      UsageError,
      /no model of the tenant default but found shop@1. Type: npm run models -- rollback/,
    );
    expect(() => requireNoModel(DEFAULT_TENANT, { name: 'Acme' })).not.to.throw();
  });

  it('are not changed by two people at once', async () => {
    const { rollouts } = ports;
    const before = await rollouts.list(DEFAULT_TENANT);
    await trial(one);
    // The second one has read the history before the first one wrote.
    const late = {
      append: rollouts.append.bind(rollouts),
      lastAt: rollouts.lastAt.bind(rollouts),
      list: async () => before,
    };

    const refusal = await rejection(
      startTrial({ ...REQUEST, version: two, share: 1 }, { ...ports, rollouts: late }),
    );

    expect(refusal).to.be.instanceOf(TransientError);
    expect(await rollouts.list(DEFAULT_TENANT)).to.have.length(1);
    expect((await modelsOf(DEFAULT_TENANT, ports)).shadow).to.include(one);
  });
});
