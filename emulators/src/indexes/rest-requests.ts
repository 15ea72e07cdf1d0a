/** Refuses the queries of REST clients that have no index, and passes every other request unchanged. */
import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Address } from '../processes/ports.js';
import { forward, type HttpExchange } from '../proxy/http-relay.js';
import type { Gate } from './gate.js';
import { addedTargetOfJson, queryOfJson } from './query-messages.js';

const QUERY = /^\/v1\/(projects\/.+):(?:runQuery|runAggregationQuery|partitionQuery)$/;
const CHANNEL = '/google.firestore.v1.Firestore/Listen/channel';

export async function relayRequest(exchange: HttpExchange, upstream: Address, gate: Gate): Promise<void> {
  const { request, response } = exchange;
  const path = decodeURI(new URL(request.url ?? '/', 'http://localhost').pathname);
  const parent = QUERY.exec(path)?.[1];
  if (request.method !== 'POST' || (parent === undefined && path !== CHANNEL))
    return void request.pipe(forward(exchange, upstream));
  const body = await buffer(request);
  if (parent === undefined) reportTargets(body, gate);
  else {
    const refusal = gate.refusalOf(() => queryOfJson(body.toString(), parent));
    if (refusal !== undefined) return refuse(response, refusal);
  }
  forward(exchange, upstream).end(body);
}

/**
 * Listeners in browsers send messages in forms, and read numbered answers from another connection. A refusal would have to be
 * counted in there, so these queries are reported and not refused.
 */
function reportTargets(body: Buffer, gate: Gate): void {
  for (const [name, value] of new URLSearchParams(body.toString()))
    if (name.endsWith('___data__')) gate.refusalOf(() => addedTargetOfJson(value)?.query);
}

function refuse(response: ServerResponse, message: string): void {
  const body = JSON.stringify([{ error: { code: 400, message, status: 'FAILED_PRECONDITION' } }]);
  response
    .writeHead(400, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
    .end(body);
}
