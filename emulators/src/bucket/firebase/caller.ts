import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { z } from 'zod';
import { ApiError } from '../api-error.js';

/** Who sends a request to Firebase's API. */
export type Caller =
  | { readonly kind: 'admin' }
  | { readonly kind: 'user'; readonly uid: string; readonly tenant: string | undefined }
  | { readonly kind: 'signed-out' };

/** The claims of a token that access depends on. */
const claimsSchema = z.object({
  sub: z.string(),
  tenant: z.string().optional(),
});

/**
 * Reads the caller from the token. On emulators, the token `owner` is an administrator, and a server library sends no
 * token. Signature and expiry are not checked: tokens of the Auth emulator and of `mockUserToken` are not signed, and the
 * latter expire in 1970.
 *
 * @throws {ApiError} 401: the token cannot be read
 */
export function callerOf({ headers }: IncomingMessage): Caller {
  const [, token] = /^(?:Firebase|Bearer) (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (token === undefined) return { kind: isServerLibrary(headers) ? 'admin' : 'signed-out' };
  if (token === 'owner') return { kind: 'admin' };
  const { sub, tenant } = claimsOf(token);
  return { kind: 'user', uid: sub, tenant };
}

function claimsOf(token: string): z.infer<typeof claimsSchema> {
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
  } catch (error) {
    throw new ApiError(401, 'authError', 'Expected a token of Firebase Auth', { cause: error });
  }
}

/** `firebase-admin` on an emulator names its library and sends no token. */
const isServerLibrary = (headers: IncomingHttpHeaders) =>
  /\bgccl\//.test(String(headers['x-goog-api-client']));
