import type { RequestListener } from 'node:http';
import { eventEndpoint } from './event-endpoint.js';
import { limitBody } from './server.js';

/** The part of a firebase-functions v2 declaration that distinguishes events from requests. */
interface Declared {
  readonly __endpoint?: { readonly eventTrigger?: unknown };
}

type Callable = ((...args: unknown[]) => unknown) & Declared & { readonly listener?: RequestListener };

/**
 * The request listener of each target. A target is the name of a firebase-functions declaration that the entry exports.
 *
 * @throws RangeError if the entry does not export a target
 */
export async function endpointsOf(
  entry: Readonly<Record<string, unknown>>,
  targets: readonly string[],
): Promise<ReadonlyMap<string, RequestListener>> {
  const endpoints = targets.map(
    async (target) => [target, await endpointOf(target, declarationOf(entry, target))] as const,
  );
  return new Map(await Promise.all(endpoints));
}

function declarationOf(entry: Readonly<Record<string, unknown>>, target: string): Callable {
  const declaration = entry[target];
  if (isCallable(declaration)) return declaration;
  const functions = Object.keys(entry).filter((name) => isCallable(entry[name]));
  throw new RangeError(`Expected one of ${functions.join(', ')} for the target but received ${target}`);
}

async function endpointOf(target: string, declaration: Callable): Promise<RequestListener> {
  if (declaration.listener !== undefined) return declaration.listener;
  if (declaration.__endpoint?.eventTrigger !== undefined) return limitBody(eventEndpoint(declaration));
  // Imported only for requests: a process of event functions starts a tenth of a second earlier without it.
  const [{ http }, { getTestServer }] = await Promise.all([
    import('@google-cloud/functions-framework'),
    import('@google-cloud/functions-framework/testing'),
  ]);
  http(target, declaration);
  // The framework's command line serves one target per process. Its test server is the same Express application, but does not
  // listen.
  const application = getTestServer(target);
  return limitBody((request, response) => application.emit('request', request, response));
}

function isCallable(value: unknown): value is Callable {
  return typeof value === 'function';
}
