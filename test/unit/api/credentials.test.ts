/** Who a caller is: API keys and ID tokens. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authenticator } from '@hangtag/functions/api/authenticate.js';
import { Refusal } from '@hangtag/functions/api/refusal.js';
import { createKey, revokeKey, rotateKey } from '@hangtag/functions/keys/handler.js';
import {
  EmulatorIdTokens,
  type FindUser,
  FirebaseIdTokens,
} from '@hangtag/shared/adapters/firebase/id-tokens.js';
import { MemoryApiKeyStore } from '@hangtag/shared/adapters/memory/api-key-store.js';
import type { Scope } from '@hangtag/shared/domain/api-key.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { createLog } from '@hangtag/shared/log.js';
import type { IdTokens } from '@hangtag/shared/ports/id-tokens.js';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { ManualClock } from '../../support/stage.js';

const PROJECT = 'demo-hangtag';
const TENANT = 'acme' as TenantId;
const GRACE_MS = 3_600_000;

class CountingStore extends MemoryApiKeyStore {
  reads = 0;
  uses = 0;

  override get(...args: Parameters<MemoryApiKeyStore['get']>) {
    this.reads += 1;
    return super.get(...args);
  }

  override update(...args: Parameters<MemoryApiKeyStore['update']>) {
    if (args[1].lastUsedAt !== undefined) this.uses += 1;
    return super.update(...args);
  }
}

function stage(idTokens?: IdTokens) {
  const clock = new ManualClock();
  const keys = new CountingStore();
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line) });
  const tokens = idTokens ?? new EmulatorIdTokens({ projectId: PROJECT, clock });
  const authenticate = authenticator(async () => ({ keys, idTokens: tokens, clock, log }));
  const ask = (headers: Record<string, string>) => authenticate(new Request('http://api/', { headers }));
  const withToken = (token: string) => ask({ authorization: `Bearer ${token}` });
  const ports = { keys, clock };
  const issue = (scopes: readonly Scope[] = ['read'], expiresAt: number | null = null) =>
    createKey({ tenant: TENANT, name: 'till', scopes, expiresAt }, ports);
  return { clock, keys, lines, ask, withToken, issue, ports };
}

/** The code of the refusal. */
async function refusal(asked: Promise<unknown>): Promise<string | undefined> {
  return asked.then(
    () => undefined,
    (error: unknown) => (error instanceof Refusal ? error.code : `not a refusal: ${String(error)}`),
  );
}

describe('An API key', () => {
  it('names its tenant, its scopes and its id', async () => {
    const { ask, withToken, issue } = stage();
    const { key, text } = await issue(['read', 'upload']);

    const expected = { tenant: TENANT, scopes: ['read', 'upload'], subject: { kind: 'key', id: key.id } };
    expect(await withToken(text)).to.deep.equal(expected);
    expect(await ask({})).to.equal(undefined);
  });

  it('is refused with another secret, with an unknown id, after its expiry and if it is no key', async () => {
    const { withToken, issue, clock } = stage();
    const { text } = await issue(['read'], clock.now() + 1_000);
    const other = await issue();

    expect(await refusal(withToken(text.slice(0, 16) + other.text.slice(16)))).to.equal('unauthorized');
    expect(await refusal(withToken(`ht_ffffffffffff_${text.slice(16)}`))).to.equal('unauthorized');
    expect(await refusal(withToken('ht_short'))).to.equal('unauthorized');
    expect(await refusal(withToken(text))).to.equal(undefined);
    clock.advance(1_000);
    expect(await refusal(withToken(text))).to.equal('unauthorized');
  });

  it('is read once a minute, so a revocation works after 60 s at the latest', async () => {
    const { withToken, issue, keys, clock, ports } = stage();
    const { key, text } = await issue();
    await withToken(text);
    await withToken(text);
    expect(keys.reads).to.equal(1);
    await revokeKey(key, ports);

    clock.advance(60_001);

    expect(await refusal(withToken(text))).to.equal('unauthorized');
  });

  it('keeps the time of its last use, written at most once a minute', async () => {
    const { withToken, issue, keys, clock } = stage();
    const { key, text } = await issue();
    const firstUse = clock.now();

    for (let use = 0; use < 5; use += 1) await withToken(text);

    expect(keys.uses).to.equal(1);
    expect((await keys.get(key.id))?.lastUsedAt).to.equal(firstUse);
    clock.advance(60_001);
    await withToken(text);
    expect(keys.uses).to.equal(2);
  });

  it('that was rotated is valid for the grace time; the new one has the same rights', async () => {
    const { withToken, issue, clock, ports } = stage();
    const old = await issue(['review']);

    const next = await rotateKey(old.key, GRACE_MS, ports);

    expect((await withToken(next?.text ?? ''))?.scopes).to.deep.equal(['review']);
    clock.advance(GRACE_MS - 1);
    expect(await refusal(withToken(old.text))).to.equal(undefined);
    clock.advance(1);
    expect(await refusal(withToken(old.text))).to.equal('unauthorized');
    expect(await refusal(withToken(next?.text ?? ''))).to.equal(undefined);
  });

  it('that was rotated expires when it would have, if that is before the end of the grace time', async () => {
    const { withToken, issue, clock, ports } = stage();
    const old = await issue(['read'], clock.now() + 1_000);

    await rotateKey(old.key, GRACE_MS, ports);
    clock.advance(1_000);

    expect(await refusal(withToken(old.text))).to.equal('unauthorized');
  });

  it('is not rotated or revoked by another tenant', async () => {
    const { issue, ports, withToken } = stage();
    const { key, text } = await issue();
    const foreign = { id: key.id, tenant: 'other' as TenantId };

    expect(await rotateKey(foreign, GRACE_MS, ports)).to.equal(undefined);
    expect(await revokeKey(foreign, ports)).to.equal(undefined);
    expect(await refusal(withToken(text))).to.equal(undefined);
  });

  it('is nowhere in the store and in no log line or message', async () => {
    const { issue, keys, lines, withToken } = stage();
    const { key, text } = await issue();
    const secret = text.slice(16);
    keys.update = async () => {
      throw new Error('The store is away');
    };

    const message = await withToken(`${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`).then(
      () => '',
      (error: unknown) => String(error),
    );
    await withToken(text);
    await new Promise(setImmediate);

    const stored = JSON.stringify(await keys.get(key.id));
    expect(lines).to.have.length(1);
    expect([...lines, message, stored].join('\n')).not.to.include(secret.slice(0, 20));
  });
});

describe('An ID token', () => {
  let server: Server;
  let signed: (claims: JWTPayload, project?: string) => Promise<string>;
  let keysUrl: string;
  let isDown = false;
  const clock = new ManualClock();
  const seconds = () => Math.floor(clock.now() / 1_000);

  before(async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
    server = createServer((_, response) => {
      if (isDown) response.writeHead(503).end();
      else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    keysUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    signed = (claims, project = PROJECT) =>
      new SignJWT({ ...claimsOf(claims), aud: project, iss: `https://securetoken.google.com/${project}` })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .sign(privateKey);
  });

  after(() => new Promise((resolve) => server.close(resolve)));

  beforeEach(() => {
    isDown = false;
  });

  function claimsOf(claims: JWTPayload): JWTPayload {
    const now = seconds();
    return { sub: 'ada', tenant: TENANT, iat: now, auth_time: now, exp: now + 3_600, ...claims };
  }

  function firebase(findUser: FindUser = async () => ({ disabled: false, tokensValidAfterMs: 0 })) {
    return stage(new FirebaseIdTokens({ projectId: PROJECT, clock, keysUrl }, findUser));
  }

  it('names the person and the tenant, and its role gives the scopes', async () => {
    const { withToken } = firebase();

    const reviewer = await withToken(await signed({ role: 'reviewer' }));

    expect(reviewer?.subject).to.deep.equal({ kind: 'user', id: 'ada' });
    expect(reviewer?.tenant).to.equal(TENANT);
    expect(reviewer?.scopes).to.include('review').and.not.include('admin');
    expect((await withToken(await signed({})))?.scopes)
      .to.include('read')
      .and.not.include('review');
    expect((await withToken(await signed({ role: 'admin' })))?.scopes).to.include('admin');
    for (const role of ['owner', 'constructor', '__proto__'])
      expect((await withToken(await signed({ role })))?.scopes, role).to.deep.equal([]);
  });

  it('is refused without a signature, of another project, after its expiry, without a tenant and with a uid of 129 characters', async () => {
    const { withToken } = firebase();
    const unsigned = new UnsecuredJWT({
      ...claimsOf({}),
      aud: PROJECT,
      iss: `https://securetoken.google.com/${PROJECT}`,
    }).encode();

    expect(await refusal(withToken(unsigned))).to.equal('unauthorized');
    expect(await refusal(withToken(await signed({}, 'other-project')))).to.equal('unauthorized');
    expect(await refusal(withToken(await signed({ exp: seconds() - 1 })))).to.equal('unauthorized');
    expect(await refusal(withToken(await signed({ tenant: undefined })))).to.equal('unauthorized');
    expect(await refusal(withToken(await signed({ auth_time: seconds() + 60 })))).to.equal('unauthorized');
    expect(await refusal(withToken(await signed({ sub: 'a'.repeat(129) })))).to.equal('unauthorized');
    expect(await refusal(withToken('no.token'))).to.equal('unauthorized');
  });

  it('of an administrator is refused if it was revoked; others are not looked up', async () => {
    const asked: string[] = [];
    const { withToken } = firebase(async (uid) => {
      asked.push(uid);
      return { disabled: false, tokensValidAfterMs: clock.now() + 1_000 };
    });

    expect(await refusal(withToken(await signed({ role: 'admin' })))).to.equal('unauthorized');
    expect(await refusal(withToken(await signed({ role: 'reviewer', sub: 'bob' })))).to.equal(undefined);
    expect(asked).to.deep.equal(['ada']);
  });

  it('is not refused while its keys cannot be read: the request can be repeated', async () => {
    isDown = true;
    const { withToken } = firebase();

    expect(await refusal(withToken(await signed({})))).to.include('TransientError');
  });

  it('of the Auth emulator is accepted by the adapter of local stacks only', async () => {
    const { withToken } = stage(new EmulatorIdTokens({ projectId: PROJECT, clock }));
    const token = (project: string) =>
      new UnsecuredJWT({
        ...claimsOf({}),
        aud: project,
        iss: `https://securetoken.google.com/${project}`,
      }).encode();

    expect((await withToken(token(PROJECT)))?.tenant).to.equal(TENANT);
    expect(await refusal(withToken(token('other-project')))).to.equal('unauthorized');
  });
});
