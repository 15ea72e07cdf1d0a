/**
 * A page of a bucket's listing: items and, with a delimiter, prefixes. Both count towards the page size. The time for a
 * page grows with the page and not with the bucket, because a prefix is skipped in one step. Only a glob reads every name.
 */

import { afterPrefix, compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import { z } from 'zod';
import { invalid } from './api-error.js';
import { type Bucket, isLive } from './catalog.js';
import { globMatcher } from './glob.js';
import type { ObjectRecord } from './record.js';

const MAX_RESULTS = 1000;

export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  /** Inclusive. */
  readonly startOffset: string;
  /** Exclusive. Empty: no end. */
  readonly endOffset: string;
  readonly matchesGlob: ((name: string) => boolean) | undefined;
  readonly versions: boolean;
  readonly maxResults: number;
  readonly position: Position | undefined;
}

export interface ListPage {
  readonly items: readonly ObjectRecord[];
  readonly prefixes: readonly string[];
  readonly nextPageToken: string | undefined;
}

/** The start of the next page. */
const positionSchema = z.object({ name: z.string(), generation: z.string().regex(/^\d+$/).optional() });
type Position = z.infer<typeof positionSchema>;

/** @throws {ApiError} 400 */
export function parseListQuery(params: URLSearchParams): ListQuery {
  const glob = params.get('matchGlob');
  return {
    prefix: params.get('prefix') ?? '',
    delimiter: params.get('delimiter') ?? '',
    startOffset: params.get('startOffset') ?? '',
    endOffset: params.get('endOffset') ?? '',
    matchesGlob: glob ? globMatcher(glob) : undefined,
    versions: /^true$/i.test(params.get('versions') ?? ''),
    maxResults: parseMaxResults(params.get('maxResults')),
    position: parsePageToken(params.get('pageToken')),
  };
}

export function listObjects(bucket: Bucket, query: ListQuery): ListPage {
  const items: ObjectRecord[] = [];
  const prefixes: string[] = [];
  for (const entry of entries(bucket, query)) {
    if (items.length + prefixes.length === query.maxResults) {
      return { items, prefixes, nextPageToken: pageToken(entry) };
    }
    if (entry.kind === 'prefix') prefixes.push(entry.prefix);
    else items.push(entry.record);
  }
  return { items, prefixes, nextPageToken: undefined };
}

type Entry =
  | { readonly kind: 'item'; readonly record: ObjectRecord }
  | { readonly kind: 'prefix'; readonly prefix: string; readonly name: string };

/** All selected entries from the position on, in order. */
function* entries(bucket: Bucket, query: ListQuery): Generator<Entry> {
  let from: string | undefined = [query.prefix, query.startOffset, query.position?.name ?? ''].reduce(later);
  while (from !== undefined) {
    const start: string = from;
    from = undefined;
    for (const [name, all] of bucket.objects.entries(start)) {
      if (!name.startsWith(query.prefix) || (query.endOffset && compareUtf8(name, query.endOffset) >= 0))
        return;
      const records = query.versions ? all : all.filter(isLive);
      const prefix = rolledUp(name, query);
      if (records.length === 0 || query.matchesGlob?.(name) === false) continue;
      if (prefix !== undefined) {
        yield { kind: 'prefix', prefix, name };
        from = afterPrefix(prefix);
        break;
      }
      for (const record of records) if (!isBefore(record, query.position)) yield { kind: 'item', record };
    }
  }
}

const later = (a: string, b: string): string => (compareUtf8(a, b) >= 0 ? a : b);

function rolledUp(name: string, { prefix, delimiter }: ListQuery): string | undefined {
  const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : name.slice(0, end + delimiter.length);
}

/** Whether the record was on an earlier page. A page can end between the versions of one name. */
function isBefore(record: ObjectRecord, position: Position | undefined): boolean {
  if (position?.generation === undefined || position.name !== record.name) return false;
  return BigInt(record.generation) < BigInt(position.generation);
}

function pageToken(next: Entry): string {
  const position: Position =
    next.kind === 'prefix'
      ? { name: next.name }
      : { name: next.record.name, generation: next.record.generation };
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function parsePageToken(token: string | null): Position | undefined {
  if (!token) return undefined;
  try {
    return positionSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch (error) {
    throw invalid(`Expected a page token of this server but received ${token}`, { cause: error });
  }
}

function parseMaxResults(value: string | null): number {
  if (value === null) return MAX_RESULTS;
  if (!/^\d{1,9}$/.test(value)) throw invalid(`Expected a whole number for maxResults but received ${value}`);
  const count = Number(value);
  return count === 0 ? MAX_RESULTS : Math.min(count, MAX_RESULTS);
}
