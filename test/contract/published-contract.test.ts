/** The contract that clients of the published system rely on, over HTTP and with a model. */
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { flat } from '../fixtures/pictures.js';
import { type ApiServer, startApiServer } from '../support/api-server.js';

describe('The published contract', () => {
  let server: ApiServer;
  let red: Buffer;
  before(async () => {
    [server, red] = await Promise.all([startApiServer(), flat('#ff0000').png().toBuffer()]);
  });
  after(() => server.close());

  const get = (path: string) => fetch(`${server.url}${path}`);
  const post = (path: string, body: FormData | object) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      ...(body instanceof FormData
        ? { body }
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  const formOf = (field: string, ...files: readonly (readonly [string, Uint8Array])[]) => {
    const form = new FormData();
    for (const [name, bytes] of files) form.append(field, new Blob([new Uint8Array(bytes)]), name);
    return form;
  };
  const jsonOf = async (answer: Response) => JSON.parse(await answer.text());
  const without = (answer: object, ...names: readonly string[]) =>
    Object.fromEntries(Object.entries(answer).filter(([name]) => !names.includes(name)));

  it('labels a picture of a form, of base64 and of a data URL alike', async () => {
    const base64 = red.toString('base64');

    const answers = await Promise.all([
      post('/predict', formOf('file', ['red.png', red])),
      post('/predict', { image: base64 }),
      post('/predict', { image: `data:image/png;base64,${base64}` }),
    ]);
    const bodies = await Promise.all(answers.map(jsonOf));

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect(Object.keys(bodies[0])).to.have.members([
      'category',
      'confidence',
      'all_probabilities',
      'timestamp',
    ]);
    expect(bodies[0].category).to.equal('red');
    expect(bodies[0].confidence).to.equal(bodies[0].all_probabilities.red);
    for (const body of bodies) {
      expect(without(body, 'timestamp')).to.deep.equal(without(bodies[0], 'timestamp'));
    }
  });

  it('says what is wrong with a form of two files, and of a picture without a file name', async () => {
    const nameless = new FormData();
    nameless.append('file', red.toString('latin1'));

    for (const form of [formOf('file', ['1.png', red], ['2.png', red]), nameless]) {
      const { error } = await jsonOf(await post('/predict', form));
      expect(error).to.equal('file: Expected one file, with a file name');
    }
  });

  it('labels a batch, in which a file that is no picture has an error of its own', async () => {
    const form = formOf('files', ['red.png', red], ['notes.txt', Buffer.from('no picture')]);

    const { results, total_processed, timestamp } = await jsonOf(await post('/predict_batch', form));

    expect(total_processed).to.equal(2);
    expect(Date.parse(timestamp)).to.be.a('number').and.not.NaN;
    expect(results[0]).to.include({ filename: 'red.png', category: 'red' });
    expect(results[1]).to.have.all.keys('filename', 'error', 'code');
    expect(results[1]).to.include({ filename: 'notes.txt', code: 'not-an-image' });
  });

  it('labels a batch of base64, and a form of one file', async () => {
    const [ofText, ofOne] = await Promise.all([
      post('/predict_batch', { images: [red.toString('base64'), '!'] }).then(jsonOf),
      post('/predict_batch', formOf('files', ['red.png', red])).then(jsonOf),
    ]);

    expect(ofText.results[0]).to.include({ filename: 'image_0', category: 'red' });
    expect(ofText.results[1]).to.include({ filename: 'image_1', code: 'invalid-request' });
    expect(ofOne.results).to.have.length(1);
  });

  it('labels the pictures of a batch beside what is no text', async () => {
    const answer = await post('/predict_batch', { images: [7, red.toString('base64'), null, ''] });

    const { results } = await jsonOf(answer);
    expect(answer.status).to.equal(200);
    expect(results[1]).to.include({ filename: 'image_1', category: 'red' });
    for (const index of [0, 2, 3])
      expect(results[index]).to.include({ filename: `image_${index}`, code: 'invalid-request' });
  });

  it('says what it is, what it can label and how it is', async () => {
    const [service, health, classes] = await Promise.all(
      ['/', '/health', '/classes'].map(async (path) => jsonOf(await get(path))),
    );

    expect(without(service, 'version', 'endpoints')).to.deep.equal({
      service: 'hangtag',
      status: 'running',
      model: { loaded: true, classes: 3 },
    });
    expect(service.endpoints).to.include.keys('POST /predict', 'GET /health');
    expect(without(health, 'timestamp')).to.deep.equal({ status: 'healthy', model_loaded: true, classes: 3 });
    expect(classes).to.deep.equal({ classes: ['red', 'green', 'blue'], total: 3 });
  });

  it('counts what it did', async () => {
    await post('/predict', formOf('file', ['x', Buffer.from('no picture')]));

    const stats = await jsonOf(await get('/stats'));

    expect(Object.keys(stats)).to.have.members([
      'uptime_seconds',
      'uptime_human',
      'total_requests',
      'total_images_processed',
      'successful_predictions',
      'failed_predictions',
      'success_rate',
      'model_loaded',
      'timestamp',
    ]);
    expect(stats.failed_predictions).to.be.greaterThan(0);
    expect(stats.total_images_processed).to.equal(stats.successful_predictions + stats.failed_predictions);
  });

  for (const [what, status, request] of [
    ['a form without a file', 400, () => post('/predict', formOf('other', ['red.png', red]))],
    ['a file that is text', 415, () => post('/predict', formOf('file', ['x.jpg', Buffer.from('hello')]))],
    ['an empty file', 400, () => post('/predict', formOf('file', ['x.jpg', Buffer.alloc(0)]))],
    ['half a picture', 422, () => post('/predict', formOf('file', ['x.png', red.subarray(0, 60)]))],
    ['wrong base64', 400, () => post('/predict', { image: 'no*base64' })],
    ['JSON of another form', 400, () => post('/predict', { picture: 'AAAA' })],
    [
      'a compressed body',
      415,
      () =>
        fetch(`${server.url}/predict`, {
          method: 'POST',
          body: gzipSync('{"image": "AAAA"}'),
          headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        }),
    ],
    ['a GET', 405, () => get('/predict')],
    ['a path that it does not have', 404, () => get('/predictions')],
    [
      'another media type',
      415,
      () =>
        fetch(`${server.url}/predict`, {
          method: 'POST',
          body: 'x',
          headers: { 'content-type': 'text/plain' },
        }),
    ],
  ] as const) {
    it(`answers ${what} with ${status}, a message and a code`, async () => {
      const answer = await request();

      expect(answer.status).to.equal(status);
      expect(await jsonOf(answer)).to.have.all.keys('error', 'code', 'requestId');
    });
  }

  it('says that a picture is sent in a form, if it is sent as it is', async () => {
    const headers = { 'content-type': 'image/png' };
    const answer = await fetch(`${server.url}/predict`, { method: 'POST', body: red, headers });

    expect(await jsonOf(answer))
      .to.have.property('error')
      .that.includes('multipart/form-data');
  });

  it('answers an address that is too long with 431', async () => {
    expect((await get(`/classes?${'a'.repeat(64_000)}`)).status).to.equal(431);
  });
});
