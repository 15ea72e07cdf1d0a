/** A Firestore server without documents that records queries as they arrive on the wire. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Firestore } from '@google-cloud/firestore';
import type { CheckedQuery } from '@hangtag/emulators/indexes/index-check.js';
import { queryOfJson } from '@hangtag/emulators/indexes/query-messages.js';

const PARENT = 'projects/demo/databases/(default)/documents';

/** @param ask sends queries; it may fail because nothing is found */
export async function recordQueries(
  ask: (firestore: Firestore) => Promise<unknown>,
): Promise<CheckedQuery[]> {
  const recorded: CheckedQuery[] = [];
  const server = createServer(async (request, response) => {
    const query = queryOfJson((await text(request)) || '{}', PARENT);
    if (query) recorded.push(query);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify([answerTo(query)]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const firestore = clientOf(`127.0.0.1:${port}`);
  try {
    await ask(firestore).catch(() => undefined);
  } finally {
    await firestore.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return recorded;
}

const READ_TIME = '2026-01-01T00:00:00Z';

/** No document, and a count of 0. */
function answerTo(query: CheckedQuery | undefined): unknown {
  if (query?.aggregations === undefined) return { readTime: READ_TIME };
  const zeros = query.aggregations.map((_, index) => [`aggregate_${index}`, { integerValue: '0' }]);
  return { readTime: READ_TIME, result: { aggregateFields: Object.fromEntries(zeros) } };
}

/** Uses JSON over HTTP, so that a query can be read, and no credentials. */
function clientOf(host: string): Firestore {
  const nobody = { getRequestHeaders: async () => new Headers(), fetch };
  return new Firestore({ projectId: 'demo', host, ssl: false, preferRest: true, authClient: nobody });
}
