/** The refusal of a query as production words it, and what to add to firestore.indexes.json. */
import protobuf from 'protobufjs/minimal.js';
import type { FileIndex, Indexes } from './index-file.js';
import type { Place } from './select-indexes.js';
import { type IndexField, NAME, type Need } from './structured-query.js';

export interface Database {
  readonly project: string;
  readonly database: string;
}

export interface Missing {
  readonly place: Place;
  /** All fields of the index, the name of the document last. */
  readonly fields: readonly IndexField[];
}

export function missingIndex(place: Place, { equalities, order, aggregated }: Need): Missing {
  const leading = equalities.map(({ path, isArray }) => ({
    path,
    mode: isArray ? ('CONTAINS' as const) : ('ASCENDING' as const),
  }));
  const summed = aggregated.map((path) => ({ path, mode: 'ASCENDING' as const }));
  const ordered = aggregated.length > 0 ? order.filter(({ path }) => path !== NAME) : order;
  const fields = [...leading, ...ordered, ...summed];
  const needsName = fields.at(-1)?.path !== NAME;
  return { place, fields: needsName ? [...fields, { path: NAME, mode: 'ASCENDING' }] : fields };
}

/** @returns a line as production answers it, then the index as JSON */
export function refusalText(missing: Missing, indexes: Indexes, database: Database): string {
  const single = singleField(missing);
  const [list, entry] =
    single === undefined
      ? ['indexes', compositeEntry(missing)]
      : ['fieldOverrides', overrideEntry(single, missing.place, indexes)];
  return `${productionText(missing, database)}\nAdd to "${list}" in firestore.indexes.json:\n${JSON.stringify(entry)}`;
}

/** The entry to add to `indexes`. The name is left out if Firestore adds it in the same direction. */
function compositeEntry({ place, fields }: Missing): FileIndex {
  const last = fields.at(-2);
  const isAdded =
    last !== undefined && (last.mode === 'DESCENDING') === (fields.at(-1)?.mode === 'DESCENDING');
  return {
    collectionGroup: place.collection,
    queryScope: place.scope,
    fields: (isAdded ? fields.slice(0, -1) : fields).map(entryOf),
  };
}

function entryOf(field: IndexField): FileIndex['fields'][number] {
  switch (field.mode) {
    case 'VECTOR':
      return { fieldPath: field.path, vectorConfig: { dimension: field.dimension, flat: {} } };
    case 'CONTAINS':
      return { fieldPath: field.path, arrayConfig: field.mode };
    default:
      return { fieldPath: field.path, order: field.mode };
  }
}

type SingleField = Exclude<IndexField, { readonly mode: 'VECTOR' }>;

/** The field, if an index of this field alone is enough: it is no composite index then. */
function singleField({ fields }: Missing): SingleField | undefined {
  const [field, name] = fields;
  if (fields.length !== 2 || field === undefined || field.mode === 'VECTOR') return undefined;
  return (field.mode === 'DESCENDING') === (name?.mode === 'DESCENDING') ? field : undefined;
}

/** An override replaces the indexes that the field has, so the entry repeats them. */
function overrideEntry({ path, mode }: SingleField, { collection, scope }: Place, indexes: Indexes) {
  const scopes = ['COLLECTION', 'COLLECTION_GROUP'] as const;
  const all = scopes.flatMap((queryScope) =>
    [...indexes.modes(collection, queryScope, path), ...(queryScope === scope ? [mode] : [])].map((each) =>
      each === 'CONTAINS' ? { arrayConfig: each, queryScope } : { order: each, queryScope },
    ),
  );
  return { collectionGroup: collection, fieldPath: path, indexes: all };
}

/** Texts as production sends them, seen in issues of Firebase's SDKs. */
function productionText(missing: Missing, database: Database): string {
  const { place, fields } = missing;
  if (fields.some(({ mode }) => mode === 'VECTOR')) return vectorText(missing, database);
  const single = singleField(missing);
  const console = `https://console.firebase.google.com/v1/r/project/${database.project}/firestore/indexes?`;
  if (single === undefined) {
    return `The query requires an index. You can create it here: ${console}create_composite=${encoded(missing, 'indexes/_', database)}`;
  }
  const mode = { ASCENDING: 'ASC', DESCENDING: 'DESC', CONTAINS: 'CONTAINS' }[single.mode];
  const resource = `fields/${single.path}`;
  const link = `${console}create_exemption=${encoded({ place, fields: [single] }, resource, database)}`;
  return `The query requires a ${place.scope}_${mode} index for collection ${place.collection} and field ${single.path}. You can create it here: ${link}`;
}

function vectorText({ place, fields }: Missing, { project, database }: Database): string {
  const configs = fields.slice(0, -1).map((field) => {
    const path = `field-path=${field.path}`;
    if (field.mode !== 'VECTOR') return `--field-config=order=${field.mode},${path}`;
    return `--field-config=vector-config='{"dimension":"${field.dimension}","flat": "{}"}',${path}`;
  });
  return `Missing vector index configuration. Please create the required index with the following gcloud command: gcloud firestore indexes composite create --project=${project} --database=${database} --collection-group=${place.collection} --query-scope=${place.scope} ${configs.join(' ')}`;
}

const SCOPES = { COLLECTION: 1, COLLECTION_GROUP: 2 } as const;
const ORDERS = { ASCENDING: 1, DESCENDING: 2 } as const;

/**
 * A message google.firestore.admin.v1.Index, which the console reads from the link.
 * https://github.com/googleapis/googleapis/blob/master/google/firestore/admin/v1/index.proto
 */
function encoded({ place, fields }: Missing, resource: string, { project, database }: Database): string {
  const name = `projects/${project}/databases/${database}/collectionGroups/${place.collection}/${resource}`;
  const writer = protobuf.Writer.create();
  writer.uint32(10).string(name).uint32(16).int32(SCOPES[place.scope]);
  for (const { path, mode } of fields) {
    writer.uint32(26).fork().uint32(10).string(path);
    if (mode === 'CONTAINS') writer.uint32(24).int32(1);
    else if (mode !== 'VECTOR') writer.uint32(16).int32(ORDERS[mode]);
    writer.ldelim();
  }
  return Buffer.from(writer.finish()).toString('base64url');
}
