/** How the API limits callers, repeats requests and ends work that nobody waits for. */
import type { Mount } from '@hangtag/functions/api/api-env.js';
import { createApi } from '@hangtag/functions/api/create-api.js';
import { type Identity, OPEN } from '@hangtag/functions/api/identity.js';
import { STANDALONE } from '@hangtag/functions/api/listener.js';
import { Refusal } from '@hangtag/functions/api/refusal.js';
import { defineRoute } from '@hangtag/functions/api/route.js';
import { MemoryRequestShares } from '@hangtag/shared/adapters/memory/request-shares.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import type { RequestShares } from '@hangtag/shared/ports/request-shares.js';
import { expect } from 'chai';
import { MODEL } from '../../fixtures/records.js';
import { memoryApp } from '../../support/memory-app.js';
import { SlowClassifier } from '../../support/slow-classifier.js';
import { ManualClock, SURE } from '../../support/stage.js';

const INSTANT: Classifier = { model: MODEL, classify: async () => SURE, close: async () => undefined };

function apiOf(
  classifier: Classifier,
  env: Readonly<Record<string, string>> = {},
  shares: RequestShares = new MemoryRequestShares(),
  mounts: readonly Mount[] = STANDALONE,
) {
  const clock = new ManualClock();
  const adapters = { requestShares: async () => shares };
  const { app } = memoryApp({ clock, classifier, env, adapters });
  const authenticate = async (request: Request): Promise<Identity> => ({
    tenant: DEFAULT_TENANT,
    scopes: ['predict', 'read'],
    subject: { kind: 'key', id: request.headers.get('authorization') ?? 'one' },
  });
  return { clock, api: createApi({ app, authenticate, isPublic: false, mounts }) };
}

function picture(init: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {}) {
  const body = new FormData();
  body.append('file', new Blob(['a picture']), 'a.jpg');
  return new Request('http://api/predict', { method: 'POST', body, ...init });
}

describe('Admission', () => {
  it('refuses the picture that would wait behind 64 others, and admits again when they are done', async () => {
    const classifier = new SlowClassifier();
    const { api } = apiOf(classifier);
    const admitted = Array.from({ length: 64 }, () => api.request(picture()));
    while (classifier.signals.length < 64) await new Promise(setImmediate);

    const refused = await api.request(picture());
    classifier.answerAll();
    const answers = await Promise.all(admitted);
    const next = api.request(picture());
    while (classifier.signals.length < 65) await new Promise(setImmediate);
    classifier.answerAll();

    expect(refused.status).to.equal(503);
    expect(refused.headers.get('retry-after')).to.equal('1');
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(64).fill(200));
    expect((await next).status).to.equal(200);
  });

  it('aborts the signal of the model when the client disconnects', async () => {
    const classifier = new SlowClassifier();
    const { api } = apiOf(classifier);
    const client = new AbortController();
    const answer = api.request(picture({ signal: client.signal }));
    while (classifier.signals.length === 0) await new Promise(setImmediate);

    client.abort();

    expect(classifier.signals[0]?.aborted).to.equal(true);
    classifier.answerAll();
    await answer;
  });
});

describe('The rate limit', () => {
  const LIMITS = { HANGTAG_API_REQUESTS_PER_MINUTE: '3', HANGTAG_API_TENANT_REQUESTS_PER_MINUTE: '5' };
  const askAs = (api: ReturnType<typeof apiOf>['api'], key: string) =>
    api.request('/classes', { headers: { authorization: key } });

  it('is exact for one caller, and says when it may come back', async () => {
    const { api } = apiOf(INSTANT, LIMITS);

    const answers = await Promise.all(Array.from({ length: 5 }, () => askAs(api, 'one')));

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 429, 429]);
    expect(answers[2]?.headers.get('ratelimit')).to.match(/"caller";r=0;t=60/);
    expect(Number(answers[3]?.headers.get('retry-after'))).to.be.within(1, 60);
  });

  it('is exact for all callers of one tenant', async () => {
    const { api } = apiOf(INSTANT, LIMITS);

    const answers = await Promise.all(['a', 'a', 'a', 'b', 'b', 'b'].map((key) => askAs(api, key)));

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200, 200, 429]);
  });

  it('is that of all instances together with HANGTAG_API_SHARED_LIMITS', async () => {
    const shares = new MemoryRequestShares();
    const [one, other] = [1, 2].map(
      () => apiOf(INSTANT, { ...LIMITS, HANGTAG_API_SHARED_LIMITS: 'true' }, shares).api,
    );

    const answers = [];
    for (const api of [one, other, one, other]) if (api !== undefined) answers.push(await askAs(api, 'a'));

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 429]);
    expect(answers[1]?.headers.get('ratelimit')).to.match(/"caller";r=1;t=\d+, "tenant";r=3;t=\d+/);
  });

  it('of callers without credentials has one window for all of them in the common store, not one for each address', async () => {
    const shares = new MemoryRequestShares();
    const asked: string[] = [];
    const requestShares = async (): Promise<RequestShares> => ({
      take: (window, wanted) => {
        asked.push(window.key);
        return shares.take(window, wanted);
      },
    });
    const env = { HANGTAG_API_SHARED_LIMITS: 'true', HANGTAG_API_TRUSTED_PROXIES: '1' };
    const { app } = memoryApp({
      clock: new ManualClock(),
      classifier: INSTANT,
      env,
      adapters: { requestShares },
    });
    const authenticate = async () => undefined;
    const api = createApi({ app, authenticate, isPublic: true, mounts: STANDALONE });

    for (const address of ['192.0.2.1', '192.0.2.2'])
      await api.request('/classes', { headers: { 'x-forwarded-for': address } });

    expect(new Set(asked)).to.deep.equal(new Set(['public']));
  });

  describe('of refused credentials', () => {
    const refusing = (env: Readonly<Record<string, string>> = {}) => {
      const { app } = memoryApp({
        clock: new ManualClock(),
        classifier: INSTANT,
        env: { ...LIMITS, ...env },
      });
      const seen: string[] = [];
      const authenticate = async (request: Request): Promise<Identity> => {
        seen.push(request.headers.get('authorization') ?? 'none');
        if (request.headers.get('authorization') !== 'good') throw new Refusal('unauthorized', 'Unknown');
        return { tenant: DEFAULT_TENANT, scopes: ['predict'], subject: { kind: 'key', id: 'good' } };
      };
      const api = createApi({ app, authenticate, isPublic: false, mounts: STANDALONE });
      const ask = async (path: string, headers: Record<string, string>) => api.request(path, { headers });
      return { ask, seen };
    };

    it('refuses an address with 429 before its next credentials are looked up', async () => {
      const { ask, seen } = refusing();
      const wrong = { authorization: 'wrong' };

      const statuses: number[] = [];
      for (let request = 0; request < 5; request += 1) statuses.push((await ask('/classes', wrong)).status);
      const refused = await ask('/classes', wrong);

      expect(statuses).to.deep.equal([401, 401, 401, 429, 429]);
      expect(seen).to.have.length(3);
      expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
      expect((await ask('/health', wrong)).status).to.equal(200);
    });

    it('counts by the address that the last trusted proxy saw, and not by one that a client makes up', async () => {
      const { ask } = refusing({ HANGTAG_API_TRUSTED_PROXIES: '1' });
      const from = (address: string, authorization = 'wrong') =>
        ask('/classes', { authorization, 'x-forwarded-for': `10.0.0.${Math.random()}, ${address}` });

      const first = [await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.1')];
      const next = [await from('192.0.2.1'), await from('192.0.2.2'), await from('192.0.2.3', 'good')];

      expect(first.map(({ status }) => status)).to.deep.equal([401, 401, 401]);
      expect(next.map(({ status }) => status)).to.deep.equal([429, 401, 200]);
    });
  });

  it('is that of an IPv6 network of 64 bits, and of one IPv4 address', async () => {
    const { app } = memoryApp({
      clock: new ManualClock(),
      classifier: INSTANT,
      env: { HANGTAG_API_REQUESTS_PER_MINUTE: '1', HANGTAG_API_TRUSTED_PROXIES: '1' },
    });
    const authenticate = async () => undefined;
    const api = createApi({ app, authenticate, isPublic: true, mounts: STANDALONE });
    const from = async (address: string) =>
      (await api.request('/classes', { headers: { 'x-forwarded-for': address } })).status;

    expect(await from('2001:db8:0:7::1')).to.equal(200);
    expect(await from('2001:db8:0:7:ffff:1:2:3'), 'the same network').to.equal(429);
    expect(await from('2001:db8:0:8::1'), 'the next network').to.equal(200);
    expect(await from('::ffff:192.0.2.1')).to.equal(200);
    expect(await from('::ffff:192.0.2.2')).to.equal(200);
    expect(await from('192.0.2.3')).to.equal(200);
    expect(await from('192.0.2.3')).to.equal(429);
  });

  it('does not count requests that need no credentials', async () => {
    const { api } = apiOf(INSTANT, LIMITS);

    const answers = await Promise.all(Array.from({ length: 10 }, () => api.request('/health')));

    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
  });
});

describe('A POST with an Idempotency-Key', () => {
  const KEY = { 'idempotency-key': 'order-7' };

  it('is carried out once: its repetition gets the first answer', async () => {
    const { api, clock } = apiOf(INSTANT);

    const first = await (await api.request(picture({ headers: KEY }))).json();
    clock.advance(1_000);
    const again = await api.request(picture({ headers: KEY }));
    const other = await (await api.request(picture())).json();

    expect(again.headers.get('idempotency-replayed')).to.equal('true');
    expect(await again.json()).to.deep.equal(first);
    expect(other).not.to.deep.equal(first);
  });

  it('is refused where the body is another one', async () => {
    const { api } = apiOf(INSTANT);
    const send = (image: string) =>
      api.request('/predict', {
        method: 'POST',
        headers: { ...KEY, 'content-type': 'application/json' },
        body: JSON.stringify({ image }),
      });
    await send('AAAA');

    expect((await send('BBBB')).status).to.equal(422);
  });

  it('is refused while the first one is in work', async () => {
    const classifier = new SlowClassifier();
    const { api } = apiOf(classifier);
    const first = api.request(picture({ headers: KEY }));
    while (classifier.signals.length === 0) await new Promise(setImmediate);

    const again = await api.request(picture({ headers: KEY }));
    classifier.answerAll();

    expect(again.status).to.equal(409);
    expect((await first).status).to.equal(200);
  });

  it('is answered again for ten minutes, also after 1,001 others of another caller', async () => {
    const { api, clock } = apiOf(INSTANT, { HANGTAG_API_REQUESTS_PER_MINUTE: '3000' });
    const send = async (key: string, authorization = 'b') => {
      const headers = { 'idempotency-key': key, 'content-type': 'application/json', authorization };
      const answer = await api.request('/predict', { method: 'POST', headers, body: '{}' });
      return answer.headers.get('idempotency-replayed');
    };
    await send('first', 'a');

    for (let other = 0; other < 1_001; other += 1) await send(`${other}`);

    clock.advance(599_000);
    expect(await send('first', 'a')).to.equal('true');
    clock.advance(2_000);
    expect(await send('first', 'a')).to.equal(null);
  });

  for (const [what, answer] of Object.entries({
    'its answer is an error of the server': () => Response.json({}, { status: 503 }),
    'its answer has more than 64 KiB': () => new Response('x'.repeat(64 * 1_024 + 1)),
  })) {
    it(`is carried out again if ${what}`, async () => {
      const route = defineRoute(OPEN, {
        method: 'post',
        path: '/thing',
        responses: { 200: { description: 'Any' } },
      });
      const { api } = apiOf(INSTANT, {}, undefined, [(each) => void each.openapi(route, answer)]);
      const send = () => api.request('/thing', { method: 'POST', headers: KEY });
      await send();

      expect((await send()).headers.get('idempotency-replayed')).to.equal(null);
    });
  }

  it('is carried out again by another caller', async () => {
    const { api } = apiOf(INSTANT);
    await api.request(picture({ headers: { ...KEY, authorization: 'a' } }));

    const other = await api.request(picture({ headers: { ...KEY, authorization: 'b' } }));

    expect(other.headers.get('idempotency-replayed')).to.equal(null);
  });
});

describe('The bodies of all requests together', () => {
  const send = (api: ReturnType<typeof apiOf>['api'], body: ReadableStream | string) =>
    api.request(new Request('http://api/predict', { method: 'POST', body, duplex: 'half' } as RequestInit));

  it('are limited to 20 of the largest size: the next one is refused with 503 until others have ended', async () => {
    const { api } = apiOf(INSTANT, { HANGTAG_API_MAX_BODY_BYTES: '1000' });
    const clients = Array.from({ length: 20 }, () => {
      const { readable, writable } = new TransformStream<Uint8Array>();
      return { writer: writable.getWriter(), answer: send(api, readable) };
    });
    await Promise.all(clients.map(({ writer }) => writer.write(new Uint8Array(1_000))));

    const refused = await send(api, 'x');
    await Promise.all(clients.map(({ writer }) => writer.close()));
    const answers = await Promise.all(clients.map(({ answer }) => answer));
    const next = await send(api, 'x');

    expect(refused.status).to.equal(503);
    expect(refused.headers.get('retry-after')).to.equal('1');
    expect(await refused.json()).to.include({ code: 'busy', error: 'Expected fewer large bodies at a time' });
    expect([...answers, next].map(({ status }) => status)).to.deep.equal(Array(21).fill(next.status));
    expect(next.status).to.be.oneOf([400, 415]);
  });
});

describe('A page of another origin', () => {
  it('may call the API where its origin is allowed, and not elsewhere', async () => {
    const { api } = apiOf(INSTANT, { HANGTAG_API_ORIGINS: 'https://shop.example' });
    const preflight = async (origin: string) => {
      const headers = { origin, 'access-control-request-method': 'POST' };
      const answer = await api.request('/predict', { method: 'OPTIONS', headers });
      return answer.headers.get('access-control-allow-origin');
    };

    expect(await preflight('https://shop.example')).to.equal('https://shop.example');
    expect(await preflight('https://evil.example')).to.equal(null);
  });

  it('can read the headers of the limits, and caches keep its answers apart from those without an origin', async () => {
    const { api } = apiOf(INSTANT, { HANGTAG_API_ORIGINS: 'https://shop.example' });

    const ofPage = await api.request('/health', { headers: { origin: 'https://shop.example' } });
    const ofProgram = await api.request('/health');

    expect(ofPage.headers.get('access-control-expose-headers')).to.include('RateLimit');
    expect(ofPage.headers.get('vary')).to.equal('Origin');
    expect(ofProgram.headers.get('access-control-expose-headers')).to.equal(null);
    expect(ofProgram.headers.get('vary')).to.equal('Origin');
  });
});

describe('The answer to a program', () => {
  it('is the only Response that its request makes, because each further one has a stream', async () => {
    const { api } = apiOf(INSTANT);
    await api.request('/health');

    const ofProgram = await countResponses(() => api.request('/health'));
    const ofPage = await countResponses(() =>
      api.request('/health', { headers: { origin: 'https://shop.example' } }),
    );

    expect(ofProgram).to.equal(1);
    expect(ofPage).to.be.greaterThan(1);
  });
});

async function countResponses(work: () => unknown): Promise<number> {
  const { Response } = globalThis;
  let made = 0;
  globalThis.Response = new Proxy(Response, {
    construct(target, args, newTarget) {
      made += 1;
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    await work();
  } finally {
    globalThis.Response = Response;
  }
  return made;
}
