import { isIPv6 } from 'node:net';
import type { Context } from 'hono';
import type { ApiEnv } from './api-env.js';

/** Cloud Run, which sets K_SERVICE, is a proxy. */
export function trustedProxiesOf(configured: number | undefined, env = process.env): number {
  return configured ?? (env['K_SERVICE'] === undefined ? 0 : 1);
}

/**
 * The network address of a client; of IPv6 its network of 64 bits, because one client can use all addresses of it. Each trusted
 * proxy adds the address of its own client to the end of `X-Forwarded-For`; what stands before them can be made up.
 */
export function clientAddressOf({ req, env }: Context<ApiEnv>, trustedProxies: number): string {
  if (trustedProxies === 0) return networkOf(env?.incoming?.socket.remoteAddress ?? 'unknown');
  const addresses = req.header('x-forwarded-for')?.split(',') ?? [];
  return networkOf(addresses.at(-trustedProxies)?.trim() ?? 'unknown');
}

/** An IPv4 address within IPv6, `::ffff:192.0.2.1`, stays as it is. */
function networkOf(address: string): string {
  if (!isIPv6(address) || /^::ffff:/i.test(address)) return address;
  const [before = [], after = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array(8 - before.length - after.length).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
