import type { RequestListener } from 'node:http';
import { eventEndpoint } from './event-endpoint.js';
import { limitBody, MAX_BODY_BYTES } from './server.js';

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
    async (target) => [target, await endpointOf(declarationOf(entry, target))] as const,
  );
  return new Map(await Promise.all(endpoints));
}

function declarationOf(entry: Readonly<Record<string, unknown>>, target: string): Callable {
  const declaration = entry[target];
  if (isCallable(declaration)) return declaration;
  const functions = Object.keys(entry).filter((name) => isCallable(entry[name]));
  throw new RangeError(`Expected one of ${functions.join(', ')} for the target but received ${target}`);
}

async function endpointOf(declaration: Callable): Promise<RequestListener> {
  if (declaration.listener !== undefined) return declaration.listener;
  if (declaration.__endpoint?.eventTrigger !== undefined) return limitBody(eventEndpoint(declaration));
  return limitBody(await requestEndpoint(declaration));
}

/**
 * Like the server of functions-framework, which is Express with these parsers. The framework itself runs every request in a `domain`:
 * after the first one, Node would track every promise of the process, also those of events.
 */
async function requestEndpoint(declaration: Callable): Promise<RequestListener> {
  // Imported only for requests: a process of event functions starts earlier without it.
  const { default: express } = await import('express');
  const limit = MAX_BODY_BYTES;
  const parsers = [
    express.json({ limit }),
    express.text({ limit }),
    express.urlencoded({ limit, extended: true }),
    express.raw({ limit, type: '*/*' }),
  ];
  return express().use(parsers, declaration);
}

function isCallable(value: unknown): value is Callable {
  return typeof value === 'function';
}
