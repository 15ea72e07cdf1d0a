/** The requests of Firestore's protocol that contain queries: in protocol buffers, and in JSON for REST. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';
import { z } from 'zod';
import type { CheckedQuery } from './index-check.js';
import type { Aggregation, StructuredQuery } from './structured-query.js';

const client = dirname(createRequire(import.meta.url).resolve('@google-cloud/firestore/package.json'));
const root = protobuf.Root.fromJSON(
  JSON.parse(readFileSync(join(client, 'build', 'protos', 'v1.json'), 'utf8')),
);
const typeOf = (name: string) => root.lookupType(`google.firestore.v1.${name}`);
const enumOf = (name: string) => root.lookupEnum(`google.firestore.v1.StructuredQuery.${name}`).valuesById;

const query = z.custom<StructuredQuery>((value) => typeof value === 'object');
const body = z.object({
  parent: z.string().default(''),
  structuredQuery: query.optional(),
  structuredAggregationQuery: z
    .object({
      structuredQuery: query.optional(),
      aggregations: z.custom<readonly Aggregation[]>().optional(),
    })
    .optional(),
});
const listen = z.object({
  addTarget: z.object({ targetId: z.number().default(0), query: body.optional() }).optional(),
});

const REQUESTS = {
  RunQuery: typeOf('RunQueryRequest'),
  RunAggregationQuery: typeOf('RunAggregationQueryRequest'),
  PartitionQuery: typeOf('PartitionQueryRequest'),
} as const;
const LISTEN_REQUEST = typeOf('ListenRequest');
const LISTEN_RESPONSE = typeOf('ListenResponse');

export type QueryMethod = keyof typeof REQUESTS;

/** @returns the method if its request contains a query */
export function queryMethodOf(name: string): QueryMethod | undefined {
  return Object.keys(REQUESTS).find((each): each is QueryMethod => each === name);
}

/** @param message one message without the prefix of gRPC */
export function queryOf(method: QueryMethod, message: Uint8Array): CheckedQuery | undefined {
  return checkedQuery(body.parse(objectOf(REQUESTS[method], message)));
}

/** @param parent `projects/P/databases/D/documents...` */
export function queryOfJson(json: string, parent: string): CheckedQuery | undefined {
  return checkedQuery({ ...body.parse(JSON.parse(json, withEnumNames)), parent });
}

export interface AddedTarget {
  readonly targetId: number;
  readonly query: CheckedQuery;
}

/** @returns the query that a message of a listener adds */
export function addedTargetOf(message: Uint8Array): AddedTarget | undefined {
  return addedTarget(objectOf(LISTEN_REQUEST, message));
}

export function addedTargetOfJson(json: string): AddedTarget | undefined {
  return addedTarget(JSON.parse(json, withEnumNames));
}

/** The message that ends one target of a listener with an error. */
export function removedTarget(targetId: number, cause: { code: number; message: string }): Uint8Array {
  const targetChange = { targetChangeType: 'REMOVE', targetIds: [targetId], cause };
  return LISTEN_RESPONSE.encode(LISTEN_RESPONSE.fromObject({ targetChange })).finish();
}

function addedTarget(message: unknown): AddedTarget | undefined {
  const { addTarget } = listen.parse(message);
  const added = addTarget?.query && checkedQuery(addTarget.query);
  return added && { targetId: addTarget.targetId, query: added };
}

function checkedQuery({
  parent,
  structuredQuery,
  structuredAggregationQuery: aggregation,
}: z.infer<typeof body>): CheckedQuery | undefined {
  if (structuredQuery) return { parent, query: structuredQuery };
  if (!aggregation?.structuredQuery) return undefined;
  const { structuredQuery: inner, aggregations = [] } = aggregation;
  return { parent, query: inner, aggregations };
}

function objectOf(type: protobuf.Type, message: Uint8Array): unknown {
  return type.toObject(type.decode(message), { enums: String });
}

const OPERATORS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  fieldFilter: enumOf('FieldFilter.Operator'),
  unaryFilter: enumOf('UnaryFilter.Operator'),
  compositeFilter: enumOf('CompositeFilter.Operator'),
};
const DIRECTIONS = enumOf('Direction');

/** JSON can have the number of an enumerated value in place of its name. */
function withEnumNames(key: string, value: unknown): unknown {
  if (key === 'direction' && typeof value === 'number') return DIRECTIONS[value];
  const names = OPERATORS[key];
  const hasNumber = names && typeof value === 'object' && value !== null && 'op' in value;
  return hasNumber && typeof value.op === 'number' ? { ...value, op: names[value.op] } : value;
}
