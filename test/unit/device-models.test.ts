/** A device that keeps its model up to date, against the API over HTTP, with ONNX Runtime in place of the runtime of an app. */
import { readdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HangtagVerificationError } from '@hangtag/client';
import { DeviceModels, type DeviceOptions, type InstalledModel } from '@hangtag/client/device';
import { DeviceFolder } from '@hangtag/client/device-folder';
import { ALL } from '@hangtag/functions/api/every-route.js';
import { apiListener } from '@hangtag/functions/api/listener.js';
import { serve } from '@hangtag/functions/api/serve.js';
import { newSigningKey } from '@hangtag/shared/adapters/jose/document-signer.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { decodeImage } from '@hangtag/shared/imaging/decode.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { openEngine } from '@hangtag/shared/inference/load-model.js';
import { parseManifest } from '@hangtag/shared/inference/manifest.js';
import { tensorFiller } from '@hangtag/shared/inference/tensor.js';
import { expect } from 'chai';
import { memoryApp } from '../support/memory-app.js';
import { coloursManifest, copyOfColours, type LooseManifest } from '../support/model-folder.js';
import { oneModel } from '../support/one-model.js';
import { rejection } from '../support/rejection.js';
import { ManualClock, ScriptedClassifier } from '../support/stage.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** As an app does with its own runtime. */
async function open({ manifest, files }: InstalledModel) {
  const facts = parseManifest({ ...(await coloursManifest()), files: manifest.files }, 'device');
  const engine = await openEngine('onnx', { manifest: facts, entry: 'model.onnx', files });
  return {
    async scoresOf(picture: Uint8Array) {
      const pixels = await decodeImage(picture, { ...facts.input, ...facts.preprocessing }, DEFAULT_LIMITS);
      const filler = tensorFiller(facts, engine.layout);
      const tensor = new Float32Array(filler.length);
      filler.fill(tensor, pixels);
      return [...(await engine.run(tensor)).scores];
    },
    close: () => engine.close(),
  };
}

describe('A device that keeps its model up to date', () => {
  const signingKey = newSigningKey();
  const clock = new ManualClock();
  let served = '';
  let settings: Record<string, string> = {};
  let fault: Fault = () => false;
  let requested: string[] = [];
  let server: Server | undefined;
  let folder = '';
  let url = '';

  beforeEach(async () => {
    settings = {};
    fault = () => false;
    folder = temporaryDirectory();
    await publish('1');
    await start();
  });
  afterEach(async () => {
    server?.closeAllConnections();
    server?.close();
  });

  /** The API has this version from now on. */
  async function publish(version: string, change: (manifest: LooseManifest) => void = () => {}) {
    served = await copyOfColours((manifest) => {
      Object.assign(manifest, { version });
      change(manifest);
    });
    clock.advance(60_000);
  }

  async function start() {
    server?.close();
    const resolved = await oneModel(new ScriptedClassifier()).resolve(DEFAULT_TENANT);
    const models = {
      ...oneModel(new ScriptedClassifier()),
      resolve: async () => ({ ...resolved, dir: served }),
    };
    const { app } = memoryApp({
      ...{ clock, classifier: new ScriptedClassifier(), adapters: { models: async () => models } },
      env: {
        ...{
          HANGTAG_API_ACCESS: 'local',
          HANGTAG_SIGNING_KEY: JSON.stringify(await signingKey),
          ...settings,
        },
      },
    });
    const api = apiListener(app, ALL);
    server = await serve(
      (request, response) => {
        requested.push(decodeURIComponent(request.url ?? ''));
        if (!fault(request, response)) api(request, response);
      },
      { port: 0, host: '127.0.0.1' },
    );
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    requested = [];
  }

  async function device(options: Partial<DeviceOptions> = {}) {
    const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as Pick<
      DeviceOptions,
      'keys'
    >;
    return new DeviceModels({
      ...{ url, keys, storage: new DeviceFolder(folder), network: 'onnx', open, retries: 0 },
      ...{ deviceId: 'till-7', appVersion: '2.1.0', ...options },
    });
  }

  const versionOf = async (models: DeviceModels) => (await models.active())?.manifest.version;
  const downloads = () => requested.filter((url) => url.includes('/files/'));

  it('installs a model, loads nothing while it is the same, and keeps the former one beside a new one', async () => {
    const models = await device();

    expect(await models.update()).to.equal('updated');
    const first = downloads();
    expect(await models.update()).to.equal('unchanged');
    await publish('2', (manifest) => void Object.assign(manifest, { metrics: {} }));
    expect(await models.update()).to.equal('updated');

    expect(await versionOf(models)).to.equal('2');
    expect(first).to.include('/v1/model/files/model.onnx').and.to.have.length(5);
    expect(downloads(), 'files with the same digest are not loaded again').to.deep.equal(first);
    expect([await models.rollBack(), await versionOf(models)]).to.deep.equal([true, '1']);
    expect(await models.update(), 'the version that was rolled back').to.equal('unchanged');
    expect(await models.rollBack()).to.equal(false);
  });

  it('keeps its model when a download is cut, and goes on with the files that it lacks', async () => {
    const models = await device();
    fault = (request, response) => {
      if (!request.url?.includes('model.onnx')) return false;
      response.writeHead(200, { 'content-length': '311' });
      response.write(new Uint8Array(100), () => response.destroy());
      return true;
    };

    await rejection(models.update());
    const before = downloads();
    const inBetween = await models.active();
    fault = () => false;
    requested = [];

    expect(inBetween).to.equal(undefined);
    expect(before).to.have.length(5);
    expect(await models.update()).to.equal('updated');
    expect(downloads()).to.deep.equal(['/v1/model/files/model.onnx']);
  });

  it('refuses a file with another digest', async () => {
    const models = await device();
    fault = (request, response) => {
      if (!request.url?.includes('model.onnx')) return false;
      response.end(new Uint8Array(311));
      return true;
    };

    expect(await rejection(models.update())).to.be.instanceOf(HangtagVerificationError);
    expect(await models.active()).to.equal(undefined);
  });

  it('refuses a manifest that was changed, and one without a signature', async () => {
    const models = await device();
    const body = await manifestNow();
    const [header, payload = '', signature] = body.jws.split('.');
    const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), version: '9' };
    const forged = [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');

    for (const jws of [forged, undefined]) {
      fault = answerWith({ ...body, version: '9', jws });
      expect(await rejection(models.update())).to.be.instanceOf(HangtagVerificationError);
    }
    expect(await models.active()).to.equal(undefined);
  });

  it('refuses an older manifest, and accepts a former version that the owner published again', async () => {
    const models = await device();
    const one = served;
    const body = await manifestNow();
    await publish('2');
    await models.update();

    fault = answerWith(body);
    const replayed = await models.update();
    const afterReplay = await versionOf(models);
    fault = () => false;
    served = one;
    clock.advance(60_000);

    expect([replayed, afterReplay]).to.deep.equal(['older', '2']);
    expect([await models.update(), await versionOf(models)]).to.deep.equal(['updated', '1']);
  });

  it('keeps its model if another one fails the golden pictures or cannot be opened, and does not load it again', async () => {
    const models = await device();
    await models.update();
    await publish('2', ({ golden }) => void Object.assign(golden[0]?.outputs ?? {}, { onnx: [9, 0, 0, 0] }));

    const failed = await models.update();
    const names = await readdir(folder);
    requested = [];

    expect(failed).to.equal('self-test-failed');
    expect(await versionOf(models)).to.equal('1');
    expect(names).to.have.length(6);
    expect([await models.update(), downloads()]).to.deep.equal(['unchanged', []]);
    await publish('3');
    const cannotOpen = await device({ open: () => Promise.reject(new Error('no memory')) });
    expect(await cannotOpen.update()).to.equal('self-test-failed');
    expect(await versionOf(cannotOpen)).to.equal('1');
  });

  it('uses the former model if a file of the active one is damaged on the device', async () => {
    const models = await device();
    await models.update();
    const before = await readdir(folder);
    await publish('2', (manifest) => void Object.assign(manifest, { head: 'tfjs/weights.bin' }));
    await models.update();
    const [onlyInTwo = ''] = (await readdir(folder)).filter((name) => !before.includes(name));

    await writeFile(join(folder, onlyInTwo), 'damaged');

    expect(await versionOf(models)).to.equal('1');
  });

  it('takes a new version only within its share of the devices, the same device each time', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `till-${index}`);
    await (await device()).update();
    const installed = await new DeviceFolder(folder).readState();
    await publish('2');
    const takers: string[][] = [];
    for (const share of ['0', '0.4', '0.8', '1']) {
      settings = { HANGTAG_MODEL_ROLLOUT_SHARE: share };
      await start();
      const taken: string[] = [];
      for (const deviceId of ids) {
        if (installed) await new DeviceFolder(folder).writeState(installed);
        if ((await (await device({ deviceId })).update()) === 'updated') taken.push(deviceId);
      }
      takers.push(taken);
    }

    const [none = [], some = [], more = [], all = []] = takers;
    expect(none).to.deep.equal([]);
    expect(some.length).to.be.above(0);
    expect(more).to.include.members(some);
    expect(more.length).to.be.above(some.length);
    expect(all).to.deep.equal(ids);
  });

  it('keeps its model if the app is too old for the new one', async () => {
    settings = { HANGTAG_MIN_APP_VERSION: '2.10' };
    await start();

    expect(await (await device({ appVersion: '2.9.9' })).update()).to.equal('app-too-old');
    expect(await (await device({ appVersion: '2.10.0' })).update()).to.equal('updated');
  });

  it('refuses a version of the app that cannot be compared', async () => {
    for (const appVersion of ['', 'v2.1.0', '2.x', '2..1'])
      expect(await rejection(device({ appVersion })), appVersion)
        .to.be.instanceOf(RangeError)
        .with.property(
          'message',
          `Expected numbers with points for appVersion, such as 2.1.0, but received ${appVersion}`,
        );
  });

  /** What the API answers now. */
  async function manifestNow() {
    const response = await fetch(`${url}/v1/model`);
    return (await response.json()) as { jws: string };
  }

  function answerWith(body: object): Fault {
    return (request, response) => {
      if (request.url !== '/v1/model') return false;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      return true;
    };
  }
});
