/**
 * Cross-origin requests. The XML API (signed URLs) answers them as the bucket's CORS configuration says; the JSON API and
 * Firebase's API answer them for every page that may reach this server.
 * Source: https://cloud.google.com/storage/docs/cross-origin
 */

import { z } from 'zod';
import type { Exchange, ServerParts } from './exchange.js';
import { type Api, bucketOf, parseRequestPath, whichApi } from './request-path.js';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const PREFLIGHT_SECONDS = 3600;
/** The headers of an answer that the SDKs read. */
const EXPOSED = [
  'content-range',
  'etag',
  'location',
  'range',
  'x-goog-generation',
  'x-goog-hash',
  'x-goog-metageneration',
  'x-goog-stored-content-encoding',
  'x-goog-upload-size-received',
  'x-goog-upload-status',
  'x-goog-upload-url',
];

const ruleSchema = z.object({
  origin: z.array(z.string()).default([]),
  method: z.array(z.string()).default([]),
  responseHeader: z.array(z.string()).default([]),
  maxAgeSeconds: z.coerce.number().default(PREFLIGHT_SECONDS),
});
type CorsRule = z.infer<typeof ruleSchema>;

/** Whether the CORS configuration of the bucket in the URL names this origin. */
export function isConfiguredOrigin(origin: string, url: string, { buckets }: ServerParts): boolean {
  try {
    const bucket = bucketOf(whichApi(parseRequestPath(url).segments));
    return rulesOf(bucket, buckets).some((rule) => matches(rule.origin, origin));
  } catch {
    // A path that cannot be decoded names no bucket.
    return false;
  }
}

/** The CORS headers of the answer. Without them, a browser keeps the answer from the page. */
export function corsHeaders({ request, server }: Exchange, api: Api): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined) return {};
  const isPreflight = request.method === 'OPTIONS';
  const asked = requestedHeaders(request.headers['access-control-request-headers']);
  const method = isPreflight ? request.headers['access-control-request-method'] : request.method;
  const rule = api.kind === 'xml' ? findRule(bucketOf(api), { origin, method, asked }, server) : OPEN;
  if (rule === undefined) return { vary: 'Origin' };
  const allowed = { 'access-control-allow-origin': origin, vary: 'Origin' };
  if (!isPreflight) return { ...allowed, 'access-control-expose-headers': rule.responseHeader.join(', ') };
  return {
    ...allowed,
    'access-control-allow-methods': rule.method.join(', '),
    'access-control-allow-headers': asked.join(', '),
    'access-control-max-age': String(rule.maxAgeSeconds),
  };
}

const OPEN: CorsRule = {
  origin: ['*'],
  method: [METHODS],
  responseHeader: EXPOSED,
  maxAgeSeconds: PREFLIGHT_SECONDS,
};

interface Asked {
  readonly origin: string;
  readonly method: string | undefined;
  /** Lower case. Empty except for a preflight. */
  readonly asked: readonly string[];
}

function findRule(bucket: string, { origin, method, asked }: Asked, { buckets }: ServerParts) {
  return rulesOf(bucket, buckets).find(
    (rule) =>
      matches(rule.origin, origin) &&
      matches(rule.method, method ?? '') &&
      asked.every((name) => matches(rule.responseHeader, name)),
  );
}

/** A setting that is not a CORS configuration, or a bucket that does not exist, has no rules. */
function rulesOf(name: string, buckets: ServerParts['buckets']): readonly CorsRule[] {
  const settings = buckets.list(name).find((record) => record.name === name)?.settings;
  return z.array(ruleSchema).safeParse(settings?.['cors']).data ?? [];
}

const matches = (allowed: readonly string[], value: string) =>
  allowed.some((one) => one === '*' || one.toLowerCase() === value.toLowerCase());

const requestedHeaders = (header: string | undefined): readonly string[] =>
  header === undefined ? [] : header.split(',').map((name) => name.trim().toLowerCase());
