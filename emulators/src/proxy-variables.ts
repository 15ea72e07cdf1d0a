/**
 * The parts of the local stack communicate over loopback, without a proxy. Google's clients use a configured proxy even for
 * 127.0.0.1. Clients that use HTTP read `NO_PROXY` before `no_proxy`; clients that use gRPC read only `no_proxy`, and know ranges.
 */
const LOOPBACK = ['127.0.0.1', '127.0.0.0/8', 'localhost', '::1'];

/** Adds loopback to the hosts without a proxy. Processes that are started with this environment inherit it. */
export function bypassProxyOnLoopback(env: NodeJS.ProcessEnv): void {
  const named = [env['NO_PROXY'], env['no_proxy']].flatMap((list) => list?.split(/[\s,]+/) ?? []);
  const hosts = [...new Set([...named.filter((host) => host !== ''), ...LOOPBACK])].join(',');
  env['NO_PROXY'] = hosts;
  env['no_proxy'] = hosts;
}
