/** Copy and rewrite (always complete in one call), move within a bucket, compose. */

import { z } from 'zod';
import { invalid } from './api-error.js';
import { type Exchange, readJson, sendJson, sendObject } from './exchange.js';
import { patchSettings, replaceSettings } from './metadata.js';
import { parseObjectName } from './names.js';
import { assertReadable, parseGenerationParam, parsePreconditions } from './preconditions.js';
import type { ObjectRecord } from './record.js';
import { objectResource } from './resource.js';

const MAX_COMPONENTS = 32;

export interface ObjectPath {
  readonly bucket: string;
  readonly name: string;
}

/** `rewriteTo` and `copyTo` differ only in the format of the answer. */
export async function copyObject(
  exchange: Exchange,
  paths: {
    readonly source: ObjectPath;
    readonly destination: ObjectPath;
    readonly answer: 'rewrite' | 'object';
  },
): Promise<void> {
  const { params, server } = exchange;
  const body = await readJson(exchange);
  const source = server.objects.get({
    ...paths.source,
    generation: parseGenerationParam(params, 'sourceGeneration'),
  });
  assertReadable(parsePreconditions(params, 'ifSource'), source);
  const { bucket } = paths.destination;
  const target = {
    bucket,
    name: parseObjectName(paths.destination.name),
    preconditions: parsePreconditions(params),
  };
  server.objects.assertInsertable(target);
  // As in production, metadata in the body replaces the metadata of the source.
  const settings = hasSettings(body)
    ? replaceSettings({ contentType: source.settings.contentType, ...body })
    : source.settings;
  const content = { ...source, contentId: await server.contents.copy(source.contentId) };
  const record = await server.objects.insert({ ...target, settings, content });
  if (paths.answer === 'object') return sendObject(exchange, record);
  sendJson(exchange, 200, rewriteAnswer(objectResource(record, server.baseUrl())));
}

function rewriteAnswer(resource: { readonly size: string }): object {
  const { size } = resource;
  return {
    kind: 'storage#rewriteResponse',
    totalBytesRewritten: size,
    objectSize: size,
    done: true,
    resource,
  };
}

/** Clients also send the bucket and the name in the body; these are not metadata. */
function hasSettings(body: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(replaceSettings(body)).length > 0 || 'metadata' in body;
}

export async function moveObject(exchange: Exchange, source: ObjectPath, name: string): Promise<void> {
  const { params, server } = exchange;
  const preconditions = parsePreconditions(params);
  if (source.name === name) throw invalid('Expected two different names for a move');
  const record = await server.objects.move({
    source: { ...source, preconditions: parsePreconditions(params, 'ifSource') },
    destination: { bucket: source.bucket, name: parseObjectName(name), preconditions },
  });
  sendObject(exchange, record);
}

const composeSchema = z.object({
  sourceObjects: z
    .array(
      z.object({
        name: z.string(),
        generation: z.union([z.string(), z.number()]).optional(),
        objectPreconditions: z
          .object({ ifGenerationMatch: z.union([z.string(), z.number()]).optional() })
          .optional(),
      }),
    )
    .min(1)
    .max(MAX_COMPONENTS),
  destination: z.record(z.string(), z.unknown()).default({}),
});

export async function composeObject(exchange: Exchange, destination: ObjectPath): Promise<void> {
  const { params, server } = exchange;
  const body = composeSchema.safeParse(await readJson(exchange));
  if (!body.success) throw invalid(`Expected a compose request: ${z.prettifyError(body.error)}`);
  const target = {
    ...destination,
    name: parseObjectName(destination.name),
    preconditions: parsePreconditions(params),
  };
  server.objects.assertInsertable(target);
  const sources = body.data.sourceObjects.map((source) =>
    findComponent(exchange, destination.bucket, source),
  );
  const { md5Hash: _unused, ...stored } = await server.contents.store(
    concatenated(exchange, sources),
    server.maxObjectBytes,
  );
  const componentCount = sources.reduce((sum, source) => sum + (source.componentCount ?? 1), 0);
  const settings = patchSettings({ contentType: sources[0]?.settings.contentType }, body.data.destination);
  const record = await server.objects.insert({ ...target, settings, content: { ...stored, componentCount } });
  sendObject(exchange, record);
}

type Component = z.infer<typeof composeSchema>['sourceObjects'][number];

/** @throws {ApiError} 404, 412 */
function findComponent({ server }: Exchange, bucket: string, component: Component): ObjectRecord {
  const params = new URLSearchParams();
  const { name, generation, objectPreconditions } = component;
  if (generation !== undefined) params.set('generation', String(generation));
  const match = objectPreconditions?.ifGenerationMatch;
  if (match !== undefined) params.set('ifGenerationMatch', String(match));
  const record = server.objects.get({ bucket, name, generation: parseGenerationParam(params) });
  assertReadable(parsePreconditions(params), record);
  return record;
}

async function* concatenated({ server }: Exchange, sources: readonly ObjectRecord[]): AsyncGenerator<Buffer> {
  for (const source of sources) {
    const handle = await server.contents.open(source.contentId);
    try {
      yield* handle.createReadStream({ autoClose: false });
    } finally {
      await handle.close();
    }
  }
}
