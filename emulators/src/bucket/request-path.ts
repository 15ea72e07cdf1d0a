/**
 * The path of a request as decoded segments. The raw path is split first and each segment is then decoded: the URL class
 * would resolve `..` and `%2e%2e`, which can be part of an object name.
 */

import { invalid } from './api-error.js';

export interface RequestPath {
  readonly segments: readonly string[];
  readonly params: URLSearchParams;
}

/** @throws {ApiError} 400: a segment is not percent-encoded UTF-8. */
export function parseRequestPath(url: string): RequestPath {
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const params = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
  try {
    return { segments: path.slice(1).split('/').map(decodeURIComponent), params };
  } catch (error) {
    throw invalid(`Expected a percent-encoded path but received ${path}`, { cause: error });
  }
}

const API_ROOTS: readonly (readonly string[])[] = [['download', 'storage', 'v1'], ['storage', 'v1'], []];
const UPLOAD_ROOTS: readonly (readonly string[])[] = [
  ['resumable', 'upload', 'storage', 'v1'],
  ['upload', 'storage', 'v1'],
];

export type Api =
  /** The segments after `/b`: bucket, `o`, name, ... */
  | { readonly kind: 'json'; readonly rest: readonly string[] }
  | { readonly kind: 'upload'; readonly rest: readonly string[] }
  /** Firebase's API. The segments after `/v0/b`. */
  | { readonly kind: 'firebase'; readonly rest: readonly string[] }
  /** `/BUCKET/NAME`. Slashes in the name need no encoding. */
  | { readonly kind: 'xml'; readonly rest: readonly string[] };

/** `b` is not a valid bucket name (too short), so `/b/...` is always the JSON API. */
export function whichApi(segments: readonly string[]): Api {
  if (follows(['v0'], segments)) return { kind: 'firebase', rest: segments.slice(2) };
  for (const root of UPLOAD_ROOTS)
    if (follows(root, segments)) return { kind: 'upload', rest: segments.slice(root.length + 1) };
  for (const root of API_ROOTS)
    if (follows(root, segments)) return { kind: 'json', rest: segments.slice(root.length + 1) };
  return { kind: 'xml', rest: segments };
}

function follows(root: readonly string[], segments: readonly string[]): boolean {
  return root.every((part, index) => segments[index] === part) && segments[root.length] === 'b';
}

/** The bucket of a request, or an empty name. */
export const bucketOf = ({ rest }: Api): string => rest[0] ?? '';
