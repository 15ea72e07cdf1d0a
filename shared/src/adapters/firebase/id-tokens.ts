/**
 * ID tokens of Firebase Auth. Checked are signature, issuer, audience, expiry and the times of issue and sign-in:
 * https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
 */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, UnsecuredJWT } from 'jose';
import { InputError, TransientError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { IdTokenClaims, IdTokens } from '../../ports/id-tokens.js';

const FIREBASE_KEYS =
  'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com';

/** https://firebase.google.com/docs/auth/admin/manage-users#create_a_user */
const MOST_UID = 128;

export interface IdTokenSettings {
  readonly projectId: string;
  readonly clock: Clock;
  /** The public keys, as a JSON Web Key Set. */
  readonly keysUrl?: string;
}

/** Looks a person up. @returns undefined if the person does not exist */
export type FindUser = (
  uid: string,
) => Promise<{ readonly disabled: boolean; readonly tokensValidAfterMs: number } | undefined>;

export class FirebaseIdTokens implements IdTokens {
  readonly #settings: IdTokenSettings;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #findUser: FindUser;

  constructor(settings: IdTokenSettings, findUser: FindUser) {
    this.#settings = settings;
    this.#findUser = findUser;
    this.#keys = createRemoteJWKSet(new URL(settings.keysUrl ?? FIREBASE_KEYS));
  }

  async verify(token: string): Promise<IdTokenClaims> {
    const options = { ...checksOf(this.#settings), algorithms: ['RS256'] };
    return checked(async () => (await jwtVerify(token, this.#keys, options)).payload, this.#settings);
  }

  async isRevoked({ uid, signedInAt }: IdTokenClaims): Promise<boolean> {
    const user = await this.#findUser(uid).catch((error: unknown) => {
      throw new TransientError('Could not look up a person', { cause: error });
    });
    return user === undefined || user.disabled || signedInAt < user.tokensValidAfterMs;
  }
}

/** Tokens of the Auth emulator are not signed: for local stacks only. */
export class EmulatorIdTokens implements IdTokens {
  readonly #settings: IdTokenSettings;

  constructor(settings: IdTokenSettings) {
    this.#settings = settings;
  }

  async verify(token: string): Promise<IdTokenClaims> {
    const read = async () => UnsecuredJWT.decode(token, checksOf(this.#settings)).payload;
    return checked(read, this.#settings);
  }

  async isRevoked(): Promise<boolean> {
    return false;
  }
}

function checksOf({ projectId, clock }: IdTokenSettings) {
  return {
    issuer: `https://securetoken.google.com/${projectId}`,
    audience: projectId,
    requiredClaims: ['sub', 'iat', 'exp', 'auth_time'],
    currentDate: new Date(clock.now()),
  };
}

async function checked(read: () => Promise<JWTPayload>, { clock }: IdTokenSettings): Promise<IdTokenClaims> {
  try {
    const { sub = '', auth_time: authTime, tenant, role, iat = 0 } = await read();
    const signedInAt = Number(authTime) * 1_000;
    const isPast = signedInAt <= clock.now() && iat * 1_000 <= clock.now();
    if (sub === '' || sub.length > MOST_UID || !isPast)
      throw new InputError('Expected an ID token of a person who signed in before');
    return { uid: sub, tenant: textOf(tenant), role: textOf(role), signedInAt };
  } catch (error) {
    throw failureOf(error);
  }
}

/** The message has no part of the token. */
function failureOf(error: unknown): unknown {
  if (error instanceof InputError) return error;
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError) || isUnreadable(error)) {
    return new TransientError('Could not read the keys of ID tokens', { cause: error });
  }
  return new InputError(`Expected a valid ID token but received one with ${error.code}`, { cause: error });
}

/** The key server answered with another status or form. */
function isUnreadable(error: InstanceType<typeof errors.JOSEError>): boolean {
  return error.code === 'ERR_JOSE_GENERIC' || error instanceof errors.JWKSInvalid;
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' ? claim : undefined;
}
