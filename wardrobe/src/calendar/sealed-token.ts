/**
 * Encrypts what only this installation may read: refresh tokens at rest, and the state of a consent, which travels through the
 * browser. JSON Web Encryption with A256GCM; each text is bound to one person and one purpose.
 */
import { InputError } from '@hangtag/shared/errors.js';
import { base64url, EncryptJWT, jwtDecrypt } from 'jose';
import type { Person } from '../data/database.js';

const ENCRYPTION = { alg: 'dir', enc: 'A256GCM' } as const;

export type Purpose = 'refresh-token' | 'consent';

export interface Seal {
  /** @param seconds how long it can be opened; absent: for ever */
  close(
    content: Readonly<Record<string, string>>,
    purpose: Purpose,
    person: Person,
    seconds?: number,
  ): Promise<string>;
  /** @throws {InputError} it is of another person, purpose or key, too old, or changed */
  open(text: string, purpose: Purpose, person: Person): Promise<Readonly<Record<string, unknown>>>;
}

/** @param key base64url of 32 bytes */
export function sealWith(key: string, now: () => number): Seal {
  const secret = base64url.decode(key);
  return {
    async close(content, purpose, { tenant, uid }, seconds) {
      const token = new EncryptJWT({ ...content, tenant })
        .setProtectedHeader(ENCRYPTION)
        .setSubject(uid)
        .setAudience(purpose);
      if (seconds !== undefined) token.setExpirationTime(Math.floor(now() / 1_000) + seconds);
      return token.encrypt(secret);
    },
    async open(text, purpose, { tenant, uid }) {
      const checks = { subject: uid, audience: purpose, currentDate: new Date(now()) };
      const { payload } = await jwtDecrypt(text, secret, {
        ...checks,
        keyManagementAlgorithms: [ENCRYPTION.alg],
        contentEncryptionAlgorithms: [ENCRYPTION.enc],
      }).catch((cause: unknown) => {
        throw new InputError(`Expected a ${purpose} of this person but received another text`, { cause });
      });
      if (payload['tenant'] !== tenant) throw new InputError(`Expected a ${purpose} of this tenant`);
      return payload;
    },
  };
}
