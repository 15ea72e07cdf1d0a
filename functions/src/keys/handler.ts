/**
 * Creates, rotates and revokes API keys. Rotation makes a new key with the same rights; the old one stays valid for a grace
 * time, in which programs take over the new one. The secret is returned once and never stored.
 */
import { randomBytes } from 'node:crypto';
import {
  type ApiKey,
  type KeyId,
  keyStateOf,
  keyText,
  type Scope,
  secretDigest,
} from '@hangtag/shared/domain/api-key.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { ApiKeyStore } from '@hangtag/shared/ports/api-key-store.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';

export interface KeyPorts {
  readonly keys: ApiKeyStore;
  readonly clock: Clock;
}

export interface KeyRequest {
  readonly tenant: TenantId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Epoch milliseconds; null: it does not expire. */
  readonly expiresAt: number | null;
}

export interface IssuedKey {
  readonly key: ApiKey;
  /** The key itself, `ht_<id>_<secret>`. */
  readonly text: string;
}

/** A key of one tenant. */
export interface KeyAddress {
  readonly id: KeyId;
  readonly tenant: TenantId;
}

export const DEFAULT_GRACE_MS = 24 * 3_600_000;

/** @throws {InputError} the key would already be expired */
export async function createKey(request: KeyRequest, { keys, clock }: KeyPorts): Promise<IssuedKey> {
  if (request.expiresAt !== null && request.expiresAt <= clock.now()) {
    const received = new Date(request.expiresAt).toISOString();
    throw new InputError(`Expected an expiry in the future but received ${received}`);
  }
  const secret = randomBytes(32).toString('base64url');
  const key: ApiKey = {
    ...request,
    id: randomBytes(6).toString('hex') as KeyId,
    digest: secretDigest(secret),
    createdAt: clock.now(),
    revokedAt: null,
    lastUsedAt: null,
    replacedBy: null,
  };
  // Another key has this id, one of 2^48: the next try makes a new one.
  if (!(await keys.create(key))) return createKey(request, { keys, clock });
  return { key, text: keyText(key.id, secret) };
}

/**
 * @param graceMs how long the old key stays valid; one that expires earlier does so
 * @returns undefined if the tenant has no such key
 * @throws {InputError} the key is expired, revoked or replaced
 */
export async function rotateKey(
  address: KeyAddress,
  graceMs: number,
  ports: KeyPorts,
): Promise<IssuedKey | undefined> {
  const old = await findKey(address, ports);
  if (old === undefined) return undefined;
  const nowMs = ports.clock.now();
  const state = old.replacedBy === null ? keyStateOf(old, nowMs) : 'replaced';
  if (state !== 'valid')
    throw new InputError(`Expected a valid key to rotate but received one that is ${state}`);
  const { tenant, name, scopes, expiresAt } = old;
  const issued = await createKey({ tenant, name, scopes, expiresAt }, ports);
  const end = Math.min(nowMs + graceMs, expiresAt ?? Number.POSITIVE_INFINITY);
  await ports.keys.update(old.id, { expiresAt: end, replacedBy: issued.key.id });
  return issued;
}

/** Other processes use the key for at most the time of their cache. @returns undefined if the tenant has no such key */
export async function revokeKey(address: KeyAddress, ports: KeyPorts): Promise<ApiKey | undefined> {
  const key = await findKey(address, ports);
  if (key === undefined || key.revokedAt !== null) return key;
  const revokedAt = ports.clock.now();
  await ports.keys.update(key.id, { revokedAt });
  return { ...key, revokedAt };
}

async function findKey({ id, tenant }: KeyAddress, { keys }: KeyPorts): Promise<ApiKey | undefined> {
  const key = await keys.get(id);
  return key?.tenant === tenant ? key : undefined;
}
