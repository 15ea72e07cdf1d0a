/** The Open Inference Protocol. */
import { createApi } from '@hangtag/functions/api/create-api.js';
import { STANDALONE } from '@hangtag/functions/api/listener.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { memoryApp } from '../../support/memory-app.js';
import { ManualClock, ScriptedClassifier } from '../../support/stage.js';

describe('The Open Inference Protocol', () => {
  const classifier = new ScriptedClassifier();
  const prediction = { unknown: false, decodeMs: 1, inferMs: 1 };
  classifier.answer = async () => ({
    ...prediction,
    scores: [
      { label: 'Shirts', score: 0.75 },
      { label: 'Tops', score: 0.25 },
    ],
  });
  const { app } = memoryApp({ clock: new ManualClock(), classifier });
  const api = createApi({
    app,
    isPublic: false,
    authenticate: async () => ({
      tenant: DEFAULT_TENANT,
      scopes: ['predict'],
      subject: { kind: 'key', id: 'k' },
    }),
    mounts: STANDALONE,
  });
  const send = (model: string, body: object) =>
    api.request(`/v2/models/${model}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const infer = (model: string, data: readonly string[]) =>
    send(model, {
      id: '7',
      inputs: [{ name: 'image', datatype: 'BYTES', shape: [data.length], data }],
    });

  it('labels the pictures of one tensor, with probabilities in the order of the labels', async () => {
    const answer = await infer('test-model', ['AAAA', 'BBBB']);

    expect(await answer.json()).to.deep.equal({
      model_name: 'test-model',
      model_version: '1',
      id: '7',
      outputs: [
        { name: 'category', datatype: 'BYTES', shape: [2], data: ['Shirts', 'Shirts'] },
        { name: 'confidence', datatype: 'FP32', shape: [2], data: [0.75, 0.75] },
        { name: 'probabilities', datatype: 'FP32', shape: [2, 2], data: [0.25, 0.75, 0.25, 0.75] },
      ],
    });
  });

  it('labels the pictures of a tensor with an array for each row', async () => {
    const image = { name: 'image', datatype: 'BYTES', shape: [2, 1], data: [['AAAA'], ['BBBB']] };

    const answer = await send('test-model', { inputs: [image] });

    expect(answer.status).to.equal(200);
    expect(await answer.text()).to.include('"data":["Shirts","Shirts"]');
  });

  it('describes the server and says that it lives, without credentials', async () => {
    const [server, live] = await Promise.all(['/v2', '/v2/health/live'].map((path) => api.request(path)));

    expect(await server?.json()).to.deep.equal({ name: 'hangtag', version: '1.0.0', extensions: [] });
    expect(await live?.json()).to.deep.equal({ live: true });
  });

  it('describes the model, and says whether it is loaded', async () => {
    const [metadata, ready, serverReady] = await Promise.all(
      ['/v2/models/test-model', '/v2/models/test-model/ready', '/v2/health/ready'].map((path) =>
        api.request(path),
      ),
    );

    expect(await metadata?.json()).to.deep.include({ name: 'test-model', versions: ['1'] });
    expect([ready?.status, serverReady?.status]).to.deep.equal([200, 200]);
  });

  it('refuses another model with 404, and a picture that cannot be read with its error', async () => {
    expect((await infer('other', ['AAAA'])).status).to.equal(404);
    expect((await infer('test-model', ['AAAA', '*'])).status).to.equal(400);
  });
});
