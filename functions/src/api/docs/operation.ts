/** An operation of the description for readers: who may call it, what it takes and answers, and an example. */
import { html } from 'hono/html';
import { curlOf } from './curl.js';
import type { NamedOperation, Operation } from './operations.js';
import { type Html, pathHtml, proseHtml } from './prose.js';
import { exampleOf, fieldHtml, fieldsHtml, type Schema, type Schemas, typeHtml } from './schema.js';

/** The last sentence of a description, which the page shows in another form: see defineRoute. */
const SCOPES = / ?Needs the scope [^.]+\.$/;

export function operationHtml(named: NamedOperation, schemas: Schemas): Html {
  const { method, path, operation } = named;
  return html`<article id="${operation.operationId}">
<div class="text">
<h3>${operation.summary}</h3>
<p class="call"><span class="method ${method.toLowerCase()}">${method}</span> <code>${pathHtml(path)}</code></p>
<p>${proseHtml(operation.description?.replace(SCOPES, ''))}</p>
<p class="access">${accessHtml(operation)}</p>
${parametersHtml(operation)}${bodyHtml(operation)}${answersHtml(operation)}
</div>
<div class="example">
<pre tabindex="0"><code>${curlOf(named, schemas)}</code></pre>
${exampleHtml(operation, schemas)}
</div>
</article>`;
}

function accessHtml({ security = [] }: Operation): Html {
  if (security.length === 0) return html`No credentials needed.`;
  const scopes = Object.values(security[0] ?? {}).flat();
  const isPublic = security.some((each) => Object.keys(each).length === 0);
  const needed =
    scopes.length === 0 ? 'Any credentials.' : html`Scope ${scopes.map((each) => html`<b>${each}</b> `)}`;
  return html`${needed}${isPublic ? ' In public mode, no credentials needed.' : ''}`;
}

function parametersHtml({ parameters = [] }: Operation): Html {
  const rows = parameters.flatMap((each) => {
    if (!('name' in each) || each.schema === undefined) return [];
    const { name, required: isRequired = false, schema } = each;
    return [fieldHtml(each.in === 'path' ? `{${name}}` : name, { schema, isRequired })];
  });
  return rows.length === 0 ? html`` : html`<h4>Parameters</h4><ul class="fields">${rows}</ul>`;
}

function bodyHtml({ requestBody }: Operation): Html {
  if (requestBody === undefined || !('content' in requestBody)) return html``;
  return html`<h4>Body</h4>${contentHtml(requestBody.content)}`;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

function contentHtml(content: Content): Html {
  return html`${Object.entries(content).map(
    ([type, { schema }]) =>
      html`<p><code>${type}</code> <span class="type">${schema && !('properties' in schema) ? typeHtml(schema) : ''}</span></p>
${schema ? fieldsHtml(schema) : ''}`,
  )}`;
}

function answersHtml({ responses = {} }: Operation): Html {
  const own = Object.entries(responses).filter(([, answer]) => !('$ref' in answer));
  return html`${own.map(
    ([status, { description, content = {} }]) =>
      html`<h4>Answer <span class="status">${status}</span> ${description}</h4>${contentHtml(content)}`,
  )}`;
}

function exampleHtml({ responses = {} }: Operation, schemas: Schemas): Html {
  const answer = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  const schema = answer?.content?.['application/json']?.schema;
  if (schema === undefined) return html``;
  return html`<pre tabindex="0"><code>${JSON.stringify(exampleOf(schema, schemas), null, 2)}</code></pre>`;
}
