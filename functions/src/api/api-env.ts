import type { IncomingMessage } from 'node:http';
import type { Logger } from '@hangtag/shared/log.js';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../app/app.js';
import type { Access, Authenticate, Identity } from './identity.js';
import type { Predictor } from './predictor.js';

/** The variables in the context of a handler. */
export interface ApiEnv {
  /** Of Node's server. */
  Bindings: { readonly incoming?: IncomingMessage & { readonly rawBody?: Uint8Array } };
  Variables: {
    requestId: string;
    /** Writes lines with the id and the trace of the request. */
    log: Logger;
    /** Of a request that can have one. */
    body: { readonly pieces: readonly Uint8Array[]; readonly contentType: string };
    identity: Identity;
    /** Of the route. */
    access: Access;
  };
}

export type Api = OpenAPIHono<ApiEnv>;

/** What routes need. */
export interface ApiDeps {
  readonly app: App;
  readonly predictor: Predictor;
}

/** Adds routes to an API. */
export type Mount = (api: Api, deps: ApiDeps) => void;

export interface ApiOptions {
  readonly app: App;
  readonly authenticate: Authenticate;
  /** Whether callers without credentials may use the routes that allow it. */
  readonly isPublic: boolean;
  readonly mounts: readonly Mount[];
}
