/** Who sends a request, and what this caller may do. */
import { SCOPES, type Scope } from '@hangtag/shared/domain/api-key.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';

export { SCOPES, type Scope };

export interface Identity {
  readonly tenant: TenantId;
  /** No scope implies another one. */
  readonly scopes: readonly Scope[];
  readonly subject: Subject;
}

export interface Subject {
  /** An API key, a person, or a caller without credentials. */
  readonly kind: 'key' | 'user' | 'public';
  /** Of the key or of the person; the network address of a caller without credentials. Never a secret. */
  readonly id: string;
}

/**
 * Finds the caller of a request by its credentials.
 *
 * @returns undefined if the request has no credentials
 * @throws {Refusal} `unauthorized`: the credentials are unknown, expired or revoked
 */
export type Authenticate = (request: Request) => Promise<Identity | undefined>;

/** What a route asks of its caller. A route without it answers nobody: see authorise. */
export interface Access {
  /** The caller needs all of them. */
  readonly scopes: readonly Scope[];
  /** When a caller without credentials is served. */
  readonly anonymous: 'never' | 'in-public-mode' | 'always';
}

/** Routes that say nothing about images: whether the service runs, and how it is used. */
export const OPEN: Access = { scopes: [], anonymous: 'always' };

export function callersWith(...scopes: readonly Scope[]): Access {
  return { scopes, anonymous: 'never' };
}

/** The same; in public mode, everybody. */
export function publicOrCallersWith(...scopes: readonly Scope[]): Access {
  return { scopes, anonymous: 'in-public-mode' };
}
