/** A Firestore server that records queries as they arrive on the wire, and answers none. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Firestore } from '@google-cloud/firestore';

/** The parts that choose an index: https://cloud.google.com/firestore/docs/reference/rest/v1/StructuredQuery */
export interface WireQuery {
  readonly from: readonly { readonly collectionId: string; readonly allDescendants?: boolean }[];
  readonly where?: WireFilter;
  readonly orderBy?: readonly { readonly field: WireField; readonly direction: string }[];
}

export interface WireField {
  readonly fieldPath: string;
}

export interface WireFilter {
  readonly compositeFilter?: { readonly filters: readonly WireFilter[] };
  readonly fieldFilter?: { readonly field: WireField; readonly op: number };
}

export interface WireAggregation {
  readonly sum?: { readonly field: WireField };
}

export interface RecordedQuery {
  readonly query: WireQuery;
  readonly aggregations: readonly WireAggregation[];
}

interface Body {
  readonly structuredQuery?: WireQuery;
  readonly structuredAggregationQuery?: {
    readonly structuredQuery: WireQuery;
    readonly aggregations: readonly WireAggregation[];
  };
}

/** @param ask sends queries; they are expected to fail */
export async function recordQueries(
  ask: (firestore: Firestore) => Promise<unknown>,
): Promise<RecordedQuery[]> {
  const recorded: RecordedQuery[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await text(request)) || '{}') as Body;
    const { structuredQuery, structuredAggregationQuery: aggregation } = body;
    if (structuredQuery) recorded.push({ query: structuredQuery, aggregations: [] });
    if (aggregation) {
      recorded.push({ query: aggregation.structuredQuery, aggregations: aggregation.aggregations });
    }
    const error = { code: 400, status: 'INVALID_ARGUMENT', message: 'recorded' };
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify([{ error }]));
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

/** Uses JSON over HTTP, so that a query can be read, and no credentials. */
function clientOf(host: string): Firestore {
  const nobody = { getRequestHeaders: async () => new Headers(), fetch };
  return new Firestore({ projectId: 'demo', host, ssl: false, preferRest: true, authClient: nobody });
}
