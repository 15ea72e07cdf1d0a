/** The routes of models, through the client. */
import { HangtagClient } from '@hangtag/client';
import { SCOPES } from '@hangtag/shared/domain/api-key.js';
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { type ModelPin, NO_MODELS } from '@hangtag/shared/domain/model-version.js';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import { expect } from 'chai';
import { COLOURS_MODEL } from '../../fixtures/paths.js';
import { aCorrection, generation } from '../../fixtures/records.js';
import { ApiStage } from '../../support/api-stage.js';
import { copyOfColours } from '../../support/model-folder.js';
import { rejection } from '../../support/rejection.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const OTHER = 'other' as TenantId;
const TIMINGS = { queuedMs: 0, downloadMs: 0, decodeMs: 0, inferMs: 2, totalMs: 2 };

describe('The routes of models', () => {
  let stage: ApiStage;
  let client: HangtagClient;
  let store: FolderModelStore;

  const stored = async (version: string): Promise<ModelPin> => {
    const folder = await copyOfColours((manifest) => {
      Object.assign(manifest, { id: 'shop', version });
    });
    return store.put(folder);
  };
  const clientOf = async (tenant: TenantId) => {
    const send = async (url: string | URL | Request, init?: RequestInit) =>
      stage.api.request(String(url), init);
    const credentials = await stage.key(SCOPES, tenant);
    return new HangtagClient({ url: 'http://api.example', credentials, retries: 0, fetch: send });
  };

  beforeEach(async () => {
    const root = temporaryDirectory();
    store = new FolderModelStore(root);
    stage = new ApiStage({ modelStore: async () => store }, { HANGTAG_MODEL_DIR: COLOURS_MODEL });
    client = await clientOf(DEFAULT_TENANT);
  });

  it('start a trial, promote, roll back, and show the history with who changed it', async () => {
    const [one, two] = [await stored('1'), await stored('2')];

    const onTrial = await client.startTrial('shop@1', 0.5);
    const promoted = await client.promote({ model: 'shop@2', isForced: true });
    const back = await client.rollBack();
    const { versions, history, trial, ...inUse } = await client.models();

    expect(onTrial).to.deep.equal({ ...NO_MODELS, shadow: { ...one, share: 0.5 } });
    expect(promoted).to.deep.equal({ ...NO_MODELS, active: two });
    expect(back).to.deep.equal(NO_MODELS);
    expect(inUse).to.deep.equal(NO_MODELS);
    expect(versions).to.deep.equal([one, two]);
    expect(trial).to.equal(null);
    expect(history.map(({ action }) => action)).to.deep.equal(['rollback', 'promote', 'trial']);
    expect(history[1]?.against.join()).to.match(/at least 20 judged images/);
    const [id] = (await stage.memory.app.keys().then(({ keys }) => keys.list(DEFAULT_TENANT))).map(
      (key) => key.id,
    );
    expect(history.map(({ by }) => by)).to.deep.equal([id, id, id]);
  });

  it('show what the trial found, and refuse a promotion with the reasons', async () => {
    const two = await stored('2');
    await client.startTrial('shop@2', 1);
    const shadow = { model: { ...two, sha256: 'b' }, category: 'blue', confidence: 0.6, inferMs: 3 };
    await stage.add('judged.jpg', {
      ...{ category: 'red', shadow, timings: TIMINGS },
      ...{ generation: generation(5), correction: aCorrection({ category: 'red' }) },
    });

    const { trial } = await client.models();
    const refusal = await rejection(client.promote());

    expect(trial).to.deep.include({ images: 1, agreement: 0, inferMs: { active: 2, shadow: 3 } });
    expect(trial?.flips).to.deep.equal([{ from: 'red', to: 'blue', n: 1, examples: ['judged.jpg'] }]);
    expect(trial?.judged).to.deep.include({ n: 1, difference: -1, interval: [-1, -1] });
    expect(refusal).to.include({ status: 409, code: 'conflict' });
    expect(String(refusal)).to.match(/at least 20 judged images of the trial but found 1/);
  });

  it('end a trial, and refuse what the models in use forbid', async () => {
    await stored('1');
    await client.startTrial('shop@1', 0.1);

    expect(await client.endTrial()).to.deep.equal(NO_MODELS);

    expect(await rejection(client.endTrial())).to.include({ status: 409 });
    expect(await rejection(client.rollBack())).to.include({ status: 409 });
    expect(await rejection(client.promote({ model: 'shop@3' }))).to.include({ status: 404 });
    expect(await rejection(client.startTrial('shop', 0.1))).to.include({ status: 400 });
    expect(await rejection(client.startTrial('shop@1', 2))).to.include({ status: 400 });
  });

  it('let another tenant use only the versions in its history', async () => {
    const [one] = [await stored('1'), await stored('2')];
    await stage.add('tenants/other/1.jpg', {}, OTHER);
    const other = await clientOf(OTHER);
    const { rollouts } = await stage.memory.app.rollouts();
    const entry = { n: 1, by: 'operator', action: 'promote', evidence: null, against: [] } as const;
    await rollouts.append(OTHER, { ...entry, model: { ...NO_MODELS, active: one } });

    const { versions, active } = await other.models();
    const refusal = await rejection(other.startTrial('shop@2', 0.1));

    expect({ versions, active }).to.deep.equal({ versions: [one], active: one });
    expect(refusal).to.include({ status: 404 });
    expect((await client.models()).active).to.equal(null);
  });
});
