/** The description of the API as one page. It requests nothing from elsewhere and runs no script. */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { ApiDocument } from '../document.js';
import { operationHtml } from './operation.js';
import { type NamedOperation, operationsOf } from './operations.js';
import { type Html, pathHtml } from './prose.js';
import { fieldsHtml, typeHtml } from './schema.js';
import { STYLE } from './style.js';

export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface Group {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly NamedOperation[];
}

export async function docsPage(document: ApiDocument): Promise<string> {
  const { title, version, description = '' } = document.info;
  const { schemas = {}, responses = {} } = document.components ?? {};
  const groups = groupsOf(document);
  const page = await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} API</title><style>${raw(STYLE)}</style></head><body>
<nav tabindex="0"><strong>${title} API</strong> ${version}${navigationHtml(groups)}</nav>
<main>
<header><h1>${title} API</h1><p>${description}</p>
<p><a href="openapi.json">openapi.json</a> is this description in OpenAPI ${document.openapi}, for programs.</p></header>
<section id="start"><h2>Start</h2>
<p>The calls on this page use the address of the API and an API key from the environment:</p>
<pre tabindex="0"><code>export HANGTAG_URL=http://127.0.0.1:8080
export HANGTAG_KEY=ht_...
curl "$HANGTAG_URL/health"</code></pre>
<p>A key and an ID token of Firebase Authentication are both sent as <code>Authorization: Bearer ...</code>. An operation states
the scope that it needs. <code>GET /v1/keys/me</code> answers what the credentials may do.</p></section>
${groups.map(
  (group) => html`<section id="${idOf(group)}"><h2>${group.name}</h2><p>${group.description}</p>
${group.operations.map((each) => operationHtml(each, schemas))}</section>`,
)}
<section id="errors"><h2>Errors</h2><p>An error has a status, a code for programs, a message for people and the id of the request, which is
in the log too. With <code>Accept: application/problem+json</code> the answer has problem details (RFC 9457).</p>
<ul class="fields">${Object.entries(responses).map(
    ([status, answer]) =>
      html`<li><code>${status}</code> ${'description' in answer ? answer.description : ''}</li>`,
  )}</ul></section>
<section id="schemas"><h2>Schemas</h2>
${Object.entries(schemas).map(
  ([name, schema]) => html`<div class="schema" id="schema-${name}"><h3>${name}</h3>
<p class="type">${'properties' in schema ? '' : typeHtml(schema)}</p>${fieldsHtml(schema)}</div>`,
)}</section>
</main></body></html>
`;
  return page.toString();
}

function navigationHtml(groups: readonly Group[]): Html {
  return html`<p><a href="#start">Start</a></p>
${groups.map(
  (group) =>
    html`<p><a href="#${idOf(group)}">${group.name}</a></p><ul>${group.operations.map(
      ({ method, path, operation }) =>
        html`<li><a href="#${operation.operationId}"><span class="method ${method.toLowerCase()}">${method}</span> ${pathHtml(path)}</a></li>`,
    )}</ul>`,
)}
<p><a href="#errors">Errors</a></p><p><a href="#schemas">Schemas</a></p>`;
}

/** By the tags of the description, in their order. */
function groupsOf(document: ApiDocument): readonly Group[] {
  const operations = operationsOf(document);
  return (document.tags ?? []).map(({ name, description = '' }) => ({
    name,
    description,
    operations: operations.filter(({ operation }) => operation.tags?.includes(name)),
  }));
}

function idOf({ name }: Group): string {
  return `group-${name.toLowerCase().replaceAll(' ', '-')}`;
}
