/** The program of the container image under functions-framework: events of Eventarc, and Pub/Sub's own push. */
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { type ServedFunction, serveFunction } from '../support/functions-framework.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** In place of the functions. It writes down the event that it is called with. */
const FUNCTIONS = `
import { writeFileSync } from 'node:fs';
export const classify = Object.assign((event) => {
  if (event.data.fails) throw new Error('The function fails');
  writeFileSync('event.json', JSON.stringify(event));
}, { __endpoint: { eventTrigger: {} } });
`;
const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('The program of the container', () => {
  const directory = temporaryDirectory();
  let served: ServedFunction | undefined;

  before(async () => {
    for (const file of ['main.mjs', 'event-of-request.mjs'])
      copyFileSync(fromRoot(`deploy/container/${file}`), join(directory, file));
    writeFileSync(join(directory, 'package.json'), '{"type": "module", "main": "index.js"}');
    writeFileSync(join(directory, 'index.js'), FUNCTIONS);
    symlinkSync(fromRoot('node_modules'), join(directory, 'node_modules'));
    served = await serveFunction('classify', {
      cwd: directory,
      env: {},
      program: join(directory, 'main.mjs'),
    });
  });
  after(async () => {
    await served?.stop();
  });

  async function post(body: object, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const { status } = await fetch(served?.url ?? expect.fail('Expected a server'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return status;
  }

  const event = () => JSON.parse(readFileSync(join(directory, 'event.json'), 'utf8'));
  const message = {
    data: 'e30=',
    messageId: '42',
    publishTime: '2026-11-30T00:00:00Z',
    attributes: { a: 'b' },
  };

  it("gives a function Pub/Sub's own push with the number of the delivery", async () => {
    const push = { message, subscription: 'projects/shop/subscriptions/classify', deliveryAttempt: 3 };

    expect(await post(push, { traceparent: TRACEPARENT })).to.equal(204);

    expect(event()).to.deep.equal({
      traceparent: TRACEPARENT,
      specversion: '1.0',
      id: '42',
      source: '//pubsub.googleapis.com/projects/shop/subscriptions/classify',
      type: 'google.cloud.pubsub.topic.v1.messagePublished',
      time: '2026-11-30T00:00:00Z',
      data: push,
    });
  });

  const ATTRIBUTES = {
    'ce-id': '7',
    'ce-source': '//storage',
    'ce-specversion': '1.0',
    'ce-type': 'finalized',
  };

  it('gives a function the event of Eventarc', async () => {
    expect(await post({ name: 'x.jpg' }, ATTRIBUTES)).to.equal(204);

    expect(event()).to.include({ id: '7', source: '//storage', type: 'finalized' });
    expect(event().data).to.deep.equal({ name: 'x.jpg' });
  });

  it('answers 500 if the function fails, so that the event is delivered again', async () => {
    expect(await post({ fails: true }, ATTRIBUTES)).to.equal(500);
  });

  it('answers 400 to a request that is no event', async () => {
    expect(await post({ name: 'x.jpg' })).to.equal(400);
  });
});
