/**
 * Download tokens. A URL with a token of the object reads it, without an account. An administrator adds and revokes tokens; an object
 * keeps one at least: if the last is revoked, it gets a new one.
 * Firebase keeps them in the custom metadata of the object, separated by commas.
 */
import { randomUUID } from 'node:crypto';
import { invalid } from '../api-error.js';
import type { ObjectRecord, ObjectSettings } from '../record.js';

export const TOKENS_KEY = 'firebaseStorageDownloadTokens';

export function tokensOf({ settings }: Pick<ObjectRecord, 'settings'>): readonly string[] {
  return settings.metadata?.[TOKENS_KEY]?.split(',').filter((token) => token !== '') ?? [];
}

/** The settings with these tokens, or with a new one if there are none. */
export function withTokens(settings: ObjectSettings, tokens: readonly string[] = []): ObjectSettings {
  const kept = tokens.length > 0 ? tokens : [randomUUID()];
  return { ...settings, metadata: { ...settings.metadata, [TOKENS_KEY]: kept.join(',') } };
}

/** Whether a POST changes the tokens of an object, and does not upload one. */
export function isTokenChange(params: URLSearchParams): boolean {
  return params.has('create_token') || params.has('delete_token');
}

/** Applies `?create_token=true` or `?delete_token=TOKEN`. @throws {ApiError} 400 */
export function changeTokens(settings: ObjectSettings, params: URLSearchParams): ObjectSettings {
  const tokens = tokensOf({ settings });
  const revoked = params.get('delete_token');
  if (revoked !== null)
    return withTokens(
      settings,
      tokens.filter((token) => token !== revoked),
    );
  const create = params.get('create_token');
  if (create !== 'true') throw invalid(`Expected true for create_token but received ${create}`);
  return withTokens(settings, [...tokens, randomUUID()]);
}
