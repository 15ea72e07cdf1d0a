/**
 * API keys of programs: `ht_<id>_<secret>`. The id finds the key in the store. Only the SHA-256 of the secret is stored: the
 * secret has 256 random bits, so a slow hash would add nothing.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { TenantId } from './identity.js';

export const SCOPES = ['predict', 'upload', 'read', 'review', 'admin'] as const;
/** What a caller may do. No scope implies another one. */
export type Scope = (typeof SCOPES)[number];

/** Twelve hexadecimal digits. */
export type KeyId = string & { readonly __brand: 'KeyId' };

/** A key as it is stored. Instants are epoch milliseconds. */
export interface ApiKey {
  readonly id: KeyId;
  readonly tenant: TenantId;
  /** For people: which program has it. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Hexadecimal SHA-256 of the secret. */
  readonly digest: string;
  readonly createdAt: number;
  /** Null: it does not expire. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** At most a minute late; null: never. */
  readonly lastUsedAt: number | null;
  /** The key that replaces it. */
  readonly replacedBy: KeyId | null;
}

export type KeyState = 'valid' | 'expired' | 'revoked';

const KEY = /^ht_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
const KEY_ID = /^[0-9a-f]{12}$/;

export function isKeyId(text: string): text is KeyId {
  return KEY_ID.test(text);
}

export function keyText(id: KeyId, secret: string): string {
  return `ht_${id}_${secret}`;
}

/** @returns undefined if the text is not a key */
export function parseKeyText(text: string): { readonly id: KeyId; readonly secret: string } | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id !== undefined && secret !== undefined && isKeyId(id) ? { id, secret } : undefined;
}

export function secretDigest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

const NO_DIGEST = '0'.repeat(64);

/** Takes the same time for every secret, and also if there is no such key. */
export function isSecretOf(key: Pick<ApiKey, 'digest'> | undefined, secret: string): boolean {
  const expected = Buffer.from(key?.digest ?? NO_DIGEST, 'hex');
  return timingSafeEqual(expected, Buffer.from(secretDigest(secret), 'hex')) && key !== undefined;
}

export function keyStateOf({ expiresAt, revokedAt }: ApiKey, nowMs: number): KeyState {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= nowMs ? 'expired' : 'valid';
}
