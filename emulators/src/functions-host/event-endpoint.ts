/**
 * Calls a function with a CloudEvent in binary mode, and answers as functions-framework does: 204 after it returned, 500 if it
 * threw. functions-framework itself runs every event in a `domain`, which makes Node track every promise of the process: a
 * fifth of the processor time of `classify`.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';

export type EventFunction = (event: unknown) => unknown;

const ATTRIBUTE = 'ce-';
const NEEDED = ['ce-id', 'ce-source', 'ce-specversion', 'ce-type'];

export function eventEndpoint(handle: EventFunction): RequestListener {
  return async (request, response) => {
    response.writeHead(await statusOf(request, handle)).end();
  };
}

async function statusOf(request: IncomingMessage, handle: EventFunction): Promise<number> {
  try {
    // `buffer` makes a Blob first, which takes a third of the time of a request.
    const body = await text(request);
    if (NEEDED.some((name) => request.headers[name] === undefined)) return 400;
    await handle({ ...attributesOf(request), data: JSON.parse(body) });
    return 204;
  } catch (error) {
    console.error(error);
    return 500;
  }
}

function attributesOf({ headers }: IncomingMessage): Record<string, unknown> {
  const attributes = Object.entries(headers).filter(([name]) => name.startsWith(ATTRIBUTE));
  return Object.fromEntries(attributes.map(([name, value]) => [name.slice(ATTRIBUTE.length), value]));
}
