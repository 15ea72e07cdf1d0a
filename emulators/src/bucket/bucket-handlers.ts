/** The JSON API's calls on buckets. */

import { type Exchange, readJson, sendEmpty, sendJson } from './exchange.js';
import { assertReadable, parsePreconditions } from './preconditions.js';
import { bucketResource } from './resource.js';

export function listBuckets(exchange: Exchange): void {
  const { server, params } = exchange;
  const items = server.buckets
    .list(params.get('prefix') ?? '')
    .map((record) => bucketResource(record, server.baseUrl()));
  sendJson(exchange, 200, { kind: 'storage#buckets', items });
}

export async function createBucket(exchange: Exchange): Promise<void> {
  const record = await exchange.server.buckets.create(await readJson(exchange));
  sendJson(exchange, 200, bucketResource(record, exchange.server.baseUrl()));
}

export function getBucket(exchange: Exchange, name: string): void {
  const { record } = exchange.server.buckets.get(name);
  assertReadable(parsePreconditions(exchange.params), record);
  sendJson(exchange, 200, bucketResource(record, exchange.server.baseUrl()));
}

export async function patchBucket(exchange: Exchange, name: string): Promise<void> {
  const body = await readJson(exchange);
  const preconditions = parsePreconditions(exchange.params);
  const record = await exchange.server.buckets.patch(name, { body, preconditions });
  sendJson(exchange, 200, bucketResource(record, exchange.server.baseUrl()));
}

export async function deleteBucket(exchange: Exchange, name: string): Promise<void> {
  await exchange.server.buckets.delete(name, parsePreconditions(exchange.params));
  sendEmpty(exchange, 204);
}

/** `gcloud storage` requests it before it lists. This server has no folders. */
export function getStorageLayout(exchange: Exchange, name: string): void {
  const { record } = exchange.server.buckets.get(name);
  const hierarchicalNamespace = { enabled: false };
  sendJson(exchange, 200, {
    kind: 'storage#storageLayout',
    bucket: record.name,
    location: 'US',
    hierarchicalNamespace,
  });
}
