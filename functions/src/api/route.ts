/** How every route of the API is declared: what it asks of its caller, and what it answers, as schemas. */
import { createRoute, type RouteConfig, z } from '@hono/zod-openapi';
import type { Access } from './identity.js';
import { STATUS_OF } from './refusal.js';

export const ErrorAnswer = z
  .object({
    error: z.string().openapi({ example: 'Expected a picture but received text' }),
    code: z.string().openapi({ example: 'not-an-image' }),
    requestId: z.string(),
  })
  .openapi('Error');

export const ProblemDetails = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    requestId: z.string(),
  })
  .openapi('Problem');

/** An answer in JSON. */
export function json<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } };
}

/** A request body in JSON that has to be there. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { ...optionalJsonBody(schema), required: true } as const;
}

/** A request body in JSON that may be missing. */
export function optionalJsonBody<S extends z.ZodType>(schema: S) {
  return { content: { 'application/json': { schema } } };
}

/** Key of the declaration in which a route keeps its access; OpenAPI allows keys that begin with `x-`. */
export const ACCESS = 'x-access';

/**
 * Declares a route. Its errors, its security and its required scopes are added to what OpenAPI says about it.
 *
 *     const getThing = defineRoute(callersWith('read'), { method: 'get', path: '/v1/things/{id}', ... });
 *     api.openapi(getThing, async (context) => context.json(..., 200));
 */
export function defineRoute<const P extends string, const R extends Omit<RouteConfig, 'path'> & { path: P }>(
  access: Access,
  route: R,
) {
  const scopes = access.scopes.length > 0 ? ` Needs the scope ${access.scopes.join(' and ')}.` : '';
  Object.assign(route, {
    [ACCESS]: access,
    description: `${route.description ?? ''}${scopes}`.trim(),
    security: securityOf(access),
    responses: { ...errorResponses(), ...route.responses },
  });
  return createRoute<P, R>(route);
}

/** The names of the two ways to send credentials, and the scopes that both need. */
function securityOf({ scopes, anonymous }: Access): Record<string, string[]>[] {
  if (anonymous === 'always') return [];
  const withCredentials = [{ apiKey: [...scopes] }, { idToken: [...scopes] }];
  return anonymous === 'in-public-mode' ? [...withCredentials, {}] : withCredentials;
}

/** The errors that every route can answer: see describeErrors. */
function errorResponses() {
  const statuses = [...new Set<number>(Object.values(STATUS_OF))];
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${status}` }]));
}
