/**
 * `POST /BUCKET` with a form: the upload of an HTML form, by a signed policy document.
 * Source: https://cloud.google.com/storage/docs/xml-api/post-object-forms
 */

import { ApiError, escapeXml, invalid } from '../api-error.js';
import { type Exchange, sendEmpty, sendText } from '../exchange.js';
import { settingsFromHeaders } from '../metadata.js';
import { parseObjectName } from '../names.js';
import type { ObjectRecord } from '../record.js';
import { etagOf } from '../resource.js';
import { addressOf } from '../resumable.js';
import { storeUpload, withDefaults } from '../upload.js';
import { checkPolicy, type Fields } from './policy.js';
import { bytesOf, type Form, readForm } from './read-form.js';

const FILENAME = /\$\{filename\}/g;

/** @throws {ApiError} 400, 404 */
export async function uploadForm(exchange: Exchange, bucket: string): Promise<void> {
  const form = await readForm(exchange.request);
  try {
    const record = await storeForm(exchange, form, bucket);
    sendStored(exchange, form.fields, record);
  } finally {
    // Browsers read the answer only after they have sent the whole body.
    form.file.resume();
  }
}

async function storeForm(exchange: Exchange, form: Form, bucket: string) {
  const { fields, filename } = form;
  const { bucket: named = bucket } = fields;
  if (named !== bucket) throw invalid(`Expected ${bucket} for the field bucket but received ${named}`);
  const { minBytes, maxBytes } = checkPolicy({ ...fields, bucket }, exchange.server.nowMs());
  const name = parseObjectName(fields['key']?.replaceAll(FILENAME, () => filename));
  const settings = withDefaults(settingsFromHeaders(fields), new URLSearchParams());
  const target = { bucket, name, preconditions: {} };
  try {
    return await storeUpload(exchange, {
      target,
      settings,
      content: bytesOf(form),
      expected: {},
      minBytes,
      maxBytes,
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 413) throw error;
    throw new ApiError(400, error.reason, error.message, { cause: error });
  }
}

/** A redirect, or the status that the form asks for: 200, 201 or 204. */
function sendStored(exchange: Exchange, fields: Fields, record: ObjectRecord): void {
  const etag = etagOf(record);
  const location = addressOfObject(exchange, record);
  const { success_action_redirect: redirect = '', success_action_status: status } = fields;
  if (URL.canParse(redirect)) sendEmpty(exchange, 303, { location: redirectTo(redirect, record), etag });
  else if (status === '201')
    sendText(exchange, 201, { type: 'application/xml', text: resultXml(record, location) });
  else sendEmpty(exchange, status === '200' ? 200 : 204, { location, etag });
}

function addressOfObject({ request, server }: Exchange, { bucket, name }: ObjectRecord): string {
  return `${addressOf(request, server)}/${bucket}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

function redirectTo(page: string, record: ObjectRecord): string {
  const url = new URL(page);
  const result = { bucket: record.bucket, key: record.name, etag: etagOf(record) };
  for (const [key, value] of Object.entries(result)) url.searchParams.set(key, value);
  return url.href;
}

function resultXml(record: ObjectRecord, location: string): string {
  const result = { Location: location, Bucket: record.bucket, Key: record.name, ETag: etagOf(record) };
  const elements = Object.entries(result).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  return `<?xml version='1.0' encoding='UTF-8'?><PostResponse>${elements.join('')}</PostResponse>`;
}
