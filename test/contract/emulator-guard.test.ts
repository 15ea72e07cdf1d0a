/** Web pages, programs, and the guards in front of Google's emulators. Without its guard, an emulator serves every page. */

import { once } from 'node:events';
import { createServer, request as openRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { startGuard } from '@hangtag/emulators/google/guard.js';
import type { FrontPort } from '@hangtag/emulators/proxy/front-port.js';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium } from '../support/chromium.js';
import { emulator, freshProject } from '../support/shared-emulators.js';
import { until } from '../support/until.js';
import { serveWebPage, type WebPage } from '../support/web-page.js';

/** Firebase's web SDK: `watch` shows the text of each note in the page, and `end` ends that. */
const SCRIPT = `
import { initializeApp } from 'firebase/app';
import { collection, connectFirestoreEmulator, getFirestore, onSnapshot, terminate } from 'firebase/firestore';
window.watch = (projectId, port) => {
  const firestore = getFirestore(initializeApp({ projectId }));
  connectFirestoreEmulator(firestore, '127.0.0.1', port, { mockUserToken: 'owner' });
  onSnapshot(collection(firestore, 'notes'), ({ docs }) => {
    document.body.textContent = docs.map((note) => note.get('text')).join(', ');
  });
  window.end = () => terminate(firestore);
};`;

describeInChromium('the guards of the emulators', (open) => {
  const projectId = freshProject('guard');
  const topic = `projects/${projectId}/topics/uploads`;
  const direct = { firestore: 0, pubsub: 0 };
  const guards: FrontPort[] = [];
  const guarded = { firestore: 0, pubsub: 0 };
  let firestore: Firestore;
  let pubsub: PubSub;
  let pages: WebPage;
  let browser: Browser;
  let page: Page;

  before(async function () {
    for (const product of ['firestore', 'pubsub'] as const) {
      direct[product] = (await emulator(product, this)).emulatorPort;
      const guard = await startGuard(0, { host: '127.0.0.1', port: direct[product] });
      guards.push(guard);
      guarded[product] = guard.port;
    }
    firestore = ownerClient({ projectId, host: `127.0.0.1:${guarded.firestore}` });
    pubsub = new PubSub({ projectId, apiEndpoint: `127.0.0.1:${guarded.pubsub}`, emulatorMode: true });
    await firestore.doc('notes/first').set({ text: 'first note' });
    await pubsub.createTopic('uploads');
    pages = await serveWebPage(SCRIPT);
    browser = await open();
  });
  beforeEach(async () => {
    page = await browser.newPage();
  });
  afterEach(() => page?.close());
  after(async () => {
    await browser?.close();
    await pages?.close();
    await firestore?.terminate();
    await pubsub?.close();
    await Promise.all(guards.map((guard) => guard.close()));
  });

  const documentsAt = (port: number, host = '127.0.0.1') =>
    `http://${host}:${port}/v1/projects/${projectId}/databases/(default)/documents/notes`;

  async function openPage(host: 'evil.example' | 'localhost'): Promise<void> {
    await page.goto(pages.url.replace('localhost', host));
  }

  /** @returns the body of the answer, or the error of the browser */
  function send(url: string, init: RequestInit = {}): Promise<string> {
    return page.evaluate(([to, how]) => fetch(to, how).then((answer) => answer.text(), String), [
      url,
      init,
    ] as const);
  }

  const read = (port: number) => send(documentsAt(port), { headers: { authorization: 'Bearer owner' } });
  const publish = (port: number) =>
    send(`http://127.0.0.1:${port}/v1/${topic}:publish`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"messages": [{"data": "eA=="}]}',
    });

  it('let no page of another site read records or publish messages, which the emulators let', async () => {
    await openPage('evil.example');

    const answers = {
      guarded: [await read(guarded.firestore), await publish(guarded.pubsub)],
      direct: [await read(direct.firestore), await publish(direct.pubsub)],
    };

    expect(answers.guarded).to.deep.equal(Array(2).fill('TypeError: Failed to fetch'));
    expect(answers.direct[0]).to.include('first note');
    expect(answers.direct[1]).to.include('messageIds');
  });

  it('refuse a page whose own domain name resolves to this machine', async () => {
    await page.goto(documentsAt(guarded.firestore, 'rebound.example'));
    const text = await page.innerText('body');
    const answers = await Promise.all(['GET', 'POST'].map((method) => send('/', { method })));

    await page.goto(documentsAt(direct.firestore, 'rebound.example'));
    const control = await send(documentsAt(direct.firestore, 'rebound.example'), {
      headers: { authorization: 'Bearer owner' },
    });

    for (const answer of [text, ...answers])
      expect(answer).to.match(/^Expected a loopback name for Host but received rebound\.example/);
    expect(control).to.include('first note');
  });

  it("serve a page of this machine with Firebase's web SDK, and each write reaches its listener", async () => {
    await openPage('localhost');
    await page.evaluate(`window.watch('${projectId}', ${guarded.firestore})`);
    await page.getByText('first note', { exact: true }).waitFor();

    await firestore.doc('notes/second').set({ text: 'second note' });

    await page.getByText('first note, second note').waitFor();
    expect(await publish(guarded.pubsub)).to.include('messageIds');
  });

  for (const { title, goneMs, leave } of [
    { title: 'was closed', goneMs: 100, leave: () => page.close() },
    { title: 'has ended its connection', goneMs: 600_000, leave: () => page.evaluate('window.end()') },
  ])
    it(`have the emulator forget the listeners of a page that ${title}`, async () => {
      const recorder = await startRecorder(direct.firestore);
      const guard = await startGuard(0, { host: '127.0.0.1', port: recorder.port }, goneMs);
      guards.push(guard);
      await openPage('localhost');
      await page.evaluate(`window.watch('${projectId}', ${guard.port})`);
      await page.getByText('first note').waitFor();
      expect(recorder.answers()).not.to.include('"REMOVE"');

      await leave();

      await until('the end of the target', () => recorder.answers().includes('"REMOVE"'));
      recorder.close();
    });
});

/** Between a guard and the emulator. It receives the answers to a page to their end, also after the page was closed. */
async function startRecorder(emulatorPort: number) {
  let answers = '';
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    const outgoing = openRequest({ port: emulatorPort, agent: false, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      answer.on('data', (chunk) => {
        answers += chunk;
        response.write(chunk);
      });
      answer.on('end', () => response.end());
    });
    request.pipe(outgoing);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, answers: () => answers, close };
}
