/**
 * functions-framework reads a body before it calls a function: up to 1 GiB, and it answers a body that is not the JSON of its type
 * with HTML. A function that reads bodies itself takes the requests from the server of the framework.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { RequestListener, Server } from 'node:http';
import { isServed } from './function-target.js';

/** Node publishes each request here before it calls the listeners of its server. */
const REQUESTS = 'http.server.request.start';

/** Whether functions-framework serves this function, possibly of a group (`hangtag.api`). The Firebase emulators have a server of their own. */
export function isServedByFramework(name: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const { FUNCTION_TARGET, FUNCTION_SIGNATURE_TYPE, FUNCTIONS_EMULATOR } = env;
  return (
    FUNCTION_TARGET !== undefined &&
    isServed(name, env) &&
    FUNCTION_SIGNATURE_TYPE === 'http' &&
    FUNCTIONS_EMULATOR !== 'true'
  );
}

/**
 * Makes `listener` the only listener of the server of functions-framework. Its variables are read with the first request: the
 * container sets them after it has read the declarations.
 */
export function takeRequests(name: string, listener: RequestListener): void {
  if (process.env['FUNCTION_TARGET'] === undefined) return;
  const take = (message: unknown) => {
    unsubscribe(REQUESTS, take);
    if (!isServedByFramework(name)) return;
    const { server } = message as { readonly server: Server };
    server.removeAllListeners('request').on('request', listener);
  };
  subscribe(REQUESTS, take);
}
