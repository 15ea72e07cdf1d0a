/**
 * Decides whether a caller may use the route of its request. It is one middleware for all routes, and it denies by default:
 * a route that was not declared with `defineRoute` has no access and answers 403 to everybody.
 */

import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Api, ApiEnv, ApiOptions } from './api-env.js';
import type { Access, Identity } from './identity.js';
import type { FailureLimit } from './rate-limit.js';
import { Refusal } from './refusal.js';
import { ACCESS } from './route.js';

interface Credentials extends Pick<ApiOptions, 'authenticate' | 'isPublic'> {
  readonly addressOf: (context: Context<ApiEnv>) => string;
  readonly failures: FailureLimit;
}

/** @param api its routes may be added after this call */
export function authorise(api: Api, credentials: Credentials): MiddlewareHandler<ApiEnv> {
  let known: ReadonlyMap<string, Access> | undefined;
  return async (context, next) => {
    known ??= accessByRoute(api);
    const { method } = context.req;
    const route = matchedRoutes(context).findLast((each) => each.method === method || each.method === 'GET');
    if (route === undefined) {
      const allow = methodsOf(api, context.req.path).join(', ');
      if (allow !== '' && method === 'OPTIONS') return context.body(null, 204, { Allow: allow });
      throw notFoundOrNotAllowed(context.req.path, allow);
    }
    const access = known.get(keyOf(route.method, route.path));
    if (access === undefined) throw new Refusal('forbidden', 'Expected a route that states who may use it');
    context.set('access', access);
    context.set('identity', await identify(context, access, credentials));
    return next();
  };
}

async function identify(
  context: Context<ApiEnv>,
  access: Access,
  { authenticate, isPublic, addressOf, failures }: Credentials,
): Promise<Identity> {
  const address = addressOf(context);
  if (access.anonymous === 'always') return anonymous(address);
  const identity = await failures.watch(address, async () => {
    const found = await authenticate(context.req.raw);
    if (found === undefined && !(isPublic && access.anonymous === 'in-public-mode')) throw unauthorized();
    return found;
  });
  if (identity === undefined) return anonymous(address);
  const missing = access.scopes.filter((scope) => !identity.scopes.includes(scope));
  if (missing.length > 0)
    throw new Refusal('forbidden', `Expected credentials with the scope ${missing.join(' and ')}`);
  return identity;
}

function unauthorized(): Refusal {
  return new Refusal('unauthorized', 'Expected an API key or an ID token in the header Authorization', {
    'WWW-Authenticate': 'Bearer',
  });
}

function anonymous(address: string): Identity {
  return { tenant: DEFAULT_TENANT, scopes: [], subject: { kind: 'public', id: address } };
}

function accessByRoute(api: Api): ReadonlyMap<string, Access> {
  const declared = api.openAPIRegistry.definitions.flatMap((each) =>
    each.type === 'route' ? [each.route] : [],
  );
  return new Map(
    declared.flatMap((route) => {
      const access = Reflect.get(route, ACCESS) as Access | undefined;
      return access === undefined ? [] : [[keyOf(route.method, routingPath(route.path)), access] as const];
    }),
  );
}

function keyOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path}`;
}

/** `/v1/images/{id}` of OpenAPI is `/v1/images/:id` of the router. */
function routingPath(path: string): string {
  return path.replaceAll(/\{(.+?)\}/g, ':$1');
}

/** Empty if there is no such path. */
function methodsOf(api: Api, path: string): readonly string[] {
  const methods = api.routes
    .filter((each) => each.method !== 'ALL' && isMatch(each.path, path))
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return methods.length === 0 ? [] : [...new Set(methods), 'OPTIONS'];
}

function notFoundOrNotAllowed(path: string, allow: string): Refusal {
  if (allow === '') return new Refusal('not-found', `Expected a path of the API but received ${path}`);
  return new Refusal('method-not-allowed', `Expected one of the methods ${allow}`, { Allow: allow });
}

function isMatch(pattern: string, path: string): boolean {
  const parts = pattern.split('/');
  const given = path.split('/');
  return (
    parts.length === given.length &&
    parts.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]))
  );
}
