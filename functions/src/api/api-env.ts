import type { Logger } from '@hangtag/shared/log.js';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../app/app.js';
import type { Authenticate, Identity } from './identity.js';

/** What a handler finds in its context. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Writes lines with the id and the trace of the request. */
    log: Logger;
    identity: Identity;
  };
}

export type Api = OpenAPIHono<ApiEnv>;

/** What routes stand on. */
export interface ApiDeps {
  readonly app: App;
}

/** Adds routes to an API. */
export type Mount = (api: Api, deps: ApiDeps) => void;

export interface ApiOptions extends ApiDeps {
  readonly authenticate: Authenticate;
  /** Whether callers without credentials may use the routes that allow it. */
  readonly isPublic: boolean;
  readonly mounts: readonly Mount[];
}
