/**
 * Finds the caller of a request: a program by its API key, a person by an ID token of Firebase Auth. Both are sent as
 * `Authorization: Bearer ...`. What was read of a key or a person is used for at most 60 s.
 */
import {
  type ApiKey,
  isSecretOf,
  type KeyId,
  keyStateOf,
  parseKeyText,
  SCOPES,
  type Scope,
} from '@hangtag/shared/domain/api-key.js';
import { isTenantId } from '@hangtag/shared/domain/identity.js';
import { failureOf } from '@hangtag/shared/errors.js';
import type { Logger } from '@hangtag/shared/log.js';
import type { ApiKeyStore } from '@hangtag/shared/ports/api-key-store.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { IdTokenClaims, IdTokens } from '@hangtag/shared/ports/id-tokens.js';
import { LRUCache } from 'lru-cache';
import type { Authenticate, Identity } from './identity.js';
import { Refusal } from './refusal.js';

export interface CredentialPorts {
  readonly keys: ApiKeyStore;
  readonly idTokens: IdTokens;
  readonly clock: Clock;
  readonly log: Logger;
}

const CACHED_MS = 60_000;
const MAX_CACHED = 10_000;

/** Scopes by the claim `role`. A member without a role is a viewer, as in firestore.rules and storage.rules. */
const SCOPES_OF_ROLE = new Map<string, readonly Scope[]>([
  ['viewer', ['predict', 'upload', 'read']],
  ['reviewer', ['predict', 'upload', 'read', 'review']],
  ['admin', SCOPES],
]);

/** @param open called with the first credentials, so that a request without any needs no service */
export function authenticator(open: () => Promise<CredentialPorts>): Authenticate {
  let made: { readonly ofKey: OfCredential; readonly ofToken: OfCredential } | undefined;
  return async (request) => {
    const credential = credentialOf(request.headers);
    if (credential === undefined) return undefined;
    if (made === undefined) {
      const ports = await open();
      made ??= { ofKey: keyAuthenticator(ports), ofToken: tokenAuthenticator(ports) };
    }
    return credential.startsWith('ht_') ? made.ofKey(credential) : made.ofToken(credential);
  };
}

type OfCredential = (credential: string) => Promise<Identity>;

function credentialOf(headers: Headers): string | undefined {
  const authorization = headers.get('authorization');
  if (authorization === null) return undefined;
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw unauthorized('Expected "Bearer" and a token in the header Authorization');
  return token;
}

function keyAuthenticator({ keys, clock, log }: CredentialPorts): OfCredential {
  const cache = new LRUCache<KeyId, { readonly key: ApiKey | undefined; isNoted: boolean }>({
    ...cacheOf(clock),
    fetchMethod: async (id) => ({ key: await keys.get(id), isNoted: false }),
  });
  return async (credential) => {
    const parsed = parseKeyText(credential);
    const found = parsed && (await cache.fetch(parsed.id));
    const key = found?.key;
    if (!isSecretOf(key, parsed?.secret ?? '') || found === undefined || key === undefined) {
      throw unauthorized('Expected an API key that exists');
    }
    const nowMs = clock.now();
    const state = keyStateOf(key, nowMs);
    if (state !== 'valid') throw unauthorized(`Expected a valid API key but received one that is ${state}`);
    if (!found.isNoted) {
      found.isNoted = true;
      // The request does not wait for it.
      keys
        .update(key.id, { lastUsedAt: nowMs })
        .catch((error: unknown) =>
          log.warn({ function: 'api', outcome: 'use-not-noted', keyId: key.id, err: error }),
        );
    }
    return { tenant: key.tenant, scopes: key.scopes, subject: { kind: 'key', id: key.id } };
  };
}

/** Only administrators are looked up for a revocation: other tokens are valid until they expire, after at most an hour. */
function tokenAuthenticator({ idTokens, clock }: CredentialPorts): OfCredential {
  const revocations = new LRUCache<string, { readonly isRevoked: boolean }, IdTokenClaims>({
    ...cacheOf(clock),
    fetchMethod: async (_key, _stale, { context }) => ({ isRevoked: await idTokens.isRevoked(context) }),
  });
  return async (credential) => {
    const claims = await idTokens.verify(credential).catch((error: unknown) => {
      const failure = failureOf(error);
      throw failure.kind === 'input' ? unauthorized(failure.message) : failure;
    });
    const { uid, tenant, role = 'viewer', signedInAt } = claims;
    if (tenant === undefined || !isTenantId(tenant))
      throw unauthorized('Expected the claim tenant in the ID token');
    if (role === 'admin') {
      const found = await revocations.fetch(`${uid} ${signedInAt}`, { context: claims });
      if (found?.isRevoked !== false) throw unauthorized('Expected an ID token that is not revoked');
    }
    return { tenant, scopes: SCOPES_OF_ROLE.get(role) ?? [], subject: { kind: 'user', id: uid } };
  };
}

function cacheOf(clock: Clock) {
  return { max: MAX_CACHED, ttl: CACHED_MS, ttlResolution: 0, perf: { now: () => clock.now() } };
}

function unauthorized(message: string): Refusal {
  return new Refusal('unauthorized', message, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
}
