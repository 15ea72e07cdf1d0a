import type { Context } from 'hono';
import type { ApiEnv } from './api-env.js';

/** Cloud Run, which sets K_SERVICE, is a proxy. */
export function trustedProxiesOf(configured: number | undefined, env = process.env): number {
  return configured ?? (env['K_SERVICE'] === undefined ? 0 : 1);
}

/**
 * The network address of a client. Each trusted proxy adds the address of its own client to the end of `X-Forwarded-For`; what
 * stands before them can be made up.
 */
export function clientAddressOf({ req, env }: Context<ApiEnv>, trustedProxies: number): string {
  if (trustedProxies === 0) return env?.incoming?.socket.remoteAddress ?? 'unknown';
  const addresses = req.header('x-forwarded-for')?.split(',') ?? [];
  return addresses.at(-trustedProxies)?.trim() ?? 'unknown';
}
