/** Object metadata from a JSON body or from the headers of the XML API. */

import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { invalid } from './api-error.js';
import type { ExpectedChecksums } from './checksums.js';
import type { ObjectSettings } from './record.js';

const MAX_CUSTOM_METADATA_BYTES = 8 * 1024;

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const field = text.nullish();

/** Unknown fields are ignored: clients send whole resources. A null removes a field or a metadata key. */
const changeSchema = z.object({
  contentType: field,
  contentEncoding: field,
  contentLanguage: field,
  contentDisposition: field,
  cacheControl: field,
  storageClass: field,
  customTime: field,
  metadata: z.record(z.string(), text.nullable()).nullish(),
});
type SettingsChange = z.infer<typeof changeSchema>;

const insertSchema = changeSchema.extend({
  name: z.string().optional(),
  crc32c: z.string().nullish(),
  md5Hash: z.string().nullish(),
});

export interface InsertBody {
  readonly name: string | undefined;
  readonly settings: ObjectSettings;
  readonly expected: ExpectedChecksums;
}

/** An object or bucket with one of these promises something that this server does not do. */
const NOT_KEPT = [
  'temporaryHold',
  'eventBasedHold',
  'retention',
  'kmsKeyName',
  'defaultEventBasedHold',
  'retentionPolicy',
  'encryption',
];

/** `false`, null and an empty value are accepted: clients send whole resources. @throws {ApiError} 400 */
export function assertKept(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const found = Object.entries(body).find(([key, value]) => NOT_KEPT.includes(key) && isSet(value));
  if (found)
    throw invalid(`Expected no ${found[0]}: this bucket server does not keep holds, retention or keys`);
}

const isSet = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);

/** The metadata of an upload. @throws {ApiError} 400 */
export function parseInsertBody(body: unknown): InsertBody {
  const { name, crc32c, md5Hash, ...change } = parseWith(insertSchema, body);
  const expected = { crc32c: crc32c ?? undefined, md5Hash: md5Hash ?? undefined };
  return { name, expected, settings: applyChange({}, change) };
}

/** PATCH: keeps the fields that are not in the body. @throws {ApiError} 400 */
export function patchSettings(settings: ObjectSettings, body: unknown): ObjectSettings {
  return applyChange(settings, parseWith(changeSchema, body));
}

/** PUT: removes the fields that are not in the body. @throws {ApiError} 400 */
export function replaceSettings(body: unknown): ObjectSettings {
  return applyChange({}, parseWith(changeSchema, body));
}

/** The headers of the XML API, including `x-goog-meta-*`. @throws {ApiError} 400 */
export function settingsFromHeaders(headers: IncomingHttpHeaders): ObjectSettings {
  const custom = Object.entries(headers)
    .filter(([key]) => key.startsWith('x-goog-meta-'))
    .map(([key, value]) => [key.slice('x-goog-meta-'.length), String(value)]);
  return replaceSettings({
    contentType: headers['content-type'],
    contentEncoding: headers['content-encoding'],
    contentLanguage: headers['content-language'],
    contentDisposition: headers['content-disposition'],
    cacheControl: headers['cache-control'],
    ...(custom.length > 0 ? { metadata: Object.fromEntries(custom) } : {}),
  });
}

function applyChange(settings: ObjectSettings, change: SettingsChange): ObjectSettings {
  const { metadata, ...plain } = change;
  const kept = Object.entries({ ...settings, ...plain }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const custom = metadata === null ? [] : Object.entries({ ...settings.metadata, ...metadata });
  const customKept = custom.filter((pair): pair is [string, string] => pair[1] !== null);
  assertSmall(customKept);
  return {
    ...Object.fromEntries(kept.filter(([key]) => key !== 'metadata')),
    ...(customKept.length > 0 ? { metadata: Object.fromEntries(customKept) } : {}),
  };
}

function assertSmall(pairs: readonly (readonly [string, string])[]): void {
  const bytes = pairs.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (bytes > MAX_CUSTOM_METADATA_BYTES) {
    throw invalid(`Expected at most ${MAX_CUSTOM_METADATA_BYTES} bytes for metadata but received ${bytes}`);
  }
}

function parseWith<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  assertKept(body);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalid(`Expected object metadata: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
}
