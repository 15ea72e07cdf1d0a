/** Schemas of the description for readers: their types as text, their fields as a list, and an example of a value. */
import { html } from 'hono/html';
import type { ApiDocument } from '../document.js';
import { type Html, proseHtml } from './prose.js';

export type Schemas = NonNullable<NonNullable<ApiDocument['components']>['schemas']>;
export type Schema = Schemas[string];

interface Field {
  /** With the names of the objects around it: `picture.url`, `labels[].score`. */
  readonly path: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

export function typeHtml(schema: Schema): Html {
  if ('$ref' in schema) return html`<a href="#schema-${nameOf(schema)}">${nameOf(schema)}</a>`;
  const { allOf, anyOf, items } = schema;
  if (allOf !== undefined) return joined(allOf.map(typeHtml), ' and ');
  if (anyOf !== undefined) return joined(anyOf.map(typeHtml), ' or ');
  if (items !== undefined) return html`${typeHtml(items)}[]`;
  if (schema.enum !== undefined) return html`${schema.enum.map((each) => JSON.stringify(each)).join(' | ')}`;
  const types = [schema.type ?? 'any'].flat().join(' | ');
  return html`${types}${schema.format === undefined ? '' : `, ${schema.format}`}`;
}

export function fieldsHtml(schema: Schema): Html {
  const fields = [...fieldsOf(schema)];
  if (fields.length === 0) return html``;
  return html`<ul class="fields">${fields.map(({ path, ...field }) => fieldHtml(path, field))}</ul>`;
}

/** A field or a parameter. */
export function fieldHtml(name: string, { schema, isRequired }: Omit<Field, 'path'>): Html {
  return html`<li><code>${name}</code> <span class="type">${typeHtml(schema)}</span>
${isRequired ? '' : html`<span class="optional">optional</span>`} <span class="limits">${limitsOf(schema)}</span>
<p>${proseHtml(schema.description)}</p></li>`;
}

function* fieldsOf(schema: Schema, at = ''): Generator<Field> {
  if ('$ref' in schema) return;
  for (const part of [...(schema.allOf ?? []), ...(schema.anyOf ?? [])]) yield* fieldsOf(part, at);
  if (schema.items !== undefined) yield* fieldsOf(schema.items, `${at}[]`);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const path = at === '' ? name : `${at}.${name}`;
    yield { path, schema: field, isRequired: schema.required?.includes(name) ?? false };
    yield* fieldsOf(field, path);
  }
}

const LIMITS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'default'] as const;

function limitsOf(schema: Schema): string {
  if ('$ref' in schema) return '';
  return LIMITS.flatMap((name) =>
    schema[name] === undefined ? [] : [`${name}: ${JSON.stringify(schema[name])}`],
  ).join(', ');
}

/** An example of a body, with the required fields only. */
export function requiredExampleOf(schema: Schema, schemas: Schemas): unknown {
  if ('$ref' in schema) return requiredExampleOf(schemas[nameOf(schema)] ?? {}, schemas);
  const required = Object.entries(schema.properties ?? {}).filter(([name]) =>
    schema.required?.includes(name),
  );
  return Object.fromEntries(required.map(([name, each]) => [name, exampleOf(each, schemas)]));
}

export function exampleOf(schema: Schema, schemas: Schemas): unknown {
  if ('$ref' in schema) return exampleOf(schemas[nameOf(schema)] ?? {}, schemas);
  const { example, default: byDefault, enum: values, allOf, anyOf, items, properties } = schema;
  const [given] = [example, schema.const, byDefault, values?.[0]].filter((each) => each !== undefined);
  if (given !== undefined) return given;
  if (allOf !== undefined) return Object.assign({}, ...allOf.map((each) => exampleOf(each, schemas)));
  if (anyOf?.[0] !== undefined) return exampleOf(anyOf[0], schemas);
  if (items !== undefined) return [exampleOf(items, schemas)];
  if (properties !== undefined) {
    const entries = Object.entries(properties).map(([name, each]) => [name, exampleOf(each, schemas)]);
    return Object.fromEntries(entries);
  }
  return exampleOfType(schema);
}

function exampleOfType(schema: Exclude<Schema, { $ref: string }>): unknown {
  const [type] = [schema.type ?? 'object'].flat();
  switch (type) {
    case 'string':
      return EXAMPLE_OF_FORMAT[schema.format ?? ''] ?? 'text';
    case 'integer':
      return schema.minimum ?? 1;
    case 'number':
      return schema.maximum === 1 ? 0.97 : 1;
    case 'boolean':
      return false;
    case 'array':
      return [];
    default:
      return {};
  }
}

const EXAMPLE_OF_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-11-20T08:30:00.000Z',
  date: '2026-11-20',
  uri: 'https://storage.googleapis.com/bucket/name?X-Goog-Signature=...',
  binary: '(bytes)',
};

function nameOf({ $ref }: { readonly $ref?: string }): string {
  return $ref?.split('/').at(-1) ?? '';
}

function joined(parts: readonly Html[], between: string): Html {
  return html`${parts.map((part, index) => html`${index === 0 ? '' : between}${part}`)}`;
}
