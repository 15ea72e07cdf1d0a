import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { z } from 'zod';
import { ApiError } from '../api-error.js';
import type { ServerParts } from '../exchange.js';

/** Who sends a request to Firebase's API. */
export type Caller =
  | { readonly kind: 'admin' }
  | { readonly kind: 'user'; readonly uid: string; readonly tenant: string | undefined }
  | { readonly kind: 'signed-out' };

/** The claims of a token that access depends on. A claim `tenant` that is not a string is ignored. */
const claimsSchema = z.object({
  aud: z.string(),
  exp: z.number(),
  iat: z.number(),
  sub: z.string().min(1),
  tenant: z.string().optional().catch(undefined),
});
type Claims = z.infer<typeof claimsSchema>;

/**
 * Reads the caller from the token, of the Auth emulator or of `mockUserToken`. Neither is signed, so no signature is verified.
 * On emulators, the token `owner` is an administrator, and a server library sends no token.
 *
 * @throws {ApiError} 401: the token cannot be read, has expired, or is for another project. The SDK reports it as
 *   `storage/unauthenticated`.
 */
export function callerOf({ headers }: IncomingMessage, server: ServerParts): Caller {
  const [, token] = /^(?:Firebase|Bearer) (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (token === undefined) return { kind: isServerLibrary(headers) ? 'admin' : 'signed-out' };
  if (token === 'owner') return { kind: 'admin' };
  const claims = claimsOf(token);
  assertCurrent(claims, server);
  return { kind: 'user', uid: claims.sub, tenant: claims.tenant };
}

function claimsOf(token: string): Claims {
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
  } catch (cause) {
    throw unauthenticated('Expected a token of Firebase Auth', { cause });
  }
}

function assertCurrent({ aud, iat, exp }: Claims, { projectId = aud, nowMs }: ServerParts): void {
  if (aud !== projectId)
    throw unauthenticated(`Expected a token for the project ${projectId} but received one for ${aud}`);
  // `mockUserToken` without a time is issued in 1970, and does not expire.
  if (iat > 0 && exp * 1000 <= nowMs())
    throw unauthenticated(
      `Expected a current token but this one expired at ${new Date(exp * 1000).toISOString()}`,
    );
}

const unauthenticated = (message: string, options?: ErrorOptions) =>
  new ApiError(401, 'authError', message, options);

/** `firebase-admin` on an emulator names its library and sends no token. */
const isServerLibrary = (headers: IncomingHttpHeaders) =>
  /\bgccl\//.test(String(headers['x-goog-api-client']));
