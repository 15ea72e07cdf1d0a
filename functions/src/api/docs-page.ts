/** The description of the API as one page, which requests nothing from elsewhere and runs no script. */
import { createHash } from 'node:crypto';
import type { ApiDocument } from './document.js';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
article { border-top: 1px solid #ccc; padding: 0.5rem 0; }
h2 { font-size: 1.1rem; margin: 0.5rem 0; }
code, pre { font: 0.9em ui-monospace, monospace; background: #f3f3f3; border-radius: 4px; }
code { padding: 0.1em 0.3em; }
pre { padding: 0.75rem; overflow: auto; }
dt { font-weight: 600; }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #eee; } code, pre { background: #24272d; } }
`;

export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function docsPage(document: ApiDocument): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [operationHtml(`${method.toUpperCase()} ${path}`, operation)];
    }),
  );
  const schemas = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) => `<dt id="${escaped(name)}">${escaped(name)}</dt><dd>${jsonHtml(schema)}</dd>`,
  );
  const { title, version, description = '' } = document.info;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)} API</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)} API ${escaped(version)}</h1>
<p>${escaped(description)} <a href="openapi.json">openapi.json</a></p>
${operations.join('\n')}
<h1>Schemas</h1><dl>${schemas.join('\n')}</dl>
</body></html>
`;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Operation = NonNullable<NonNullable<ApiDocument['paths']>[string]['get']>;

function operationHtml(title: string, { summary = '', description = '', ...operation }: Operation): string {
  const body = operation.requestBody === undefined ? '' : `<p>Body</p>${jsonHtml(operation.requestBody)}`;
  const parameters = operation.parameters?.length ? `<p>Parameters</p>${jsonHtml(operation.parameters)}` : '';
  const answers = Object.entries(operation.responses ?? {})
    .filter(([status]) => status.startsWith('2'))
    .map(([status, answer]) => `<p>Answer ${escaped(status)}</p>${jsonHtml(answer)}`);
  return `<article><h2><code>${escaped(title)}</code> ${escaped(summary)}</h2>
<p>${escaped(description)}</p>${parameters}${body}${answers.join('')}</article>`;
}

function jsonHtml(value: unknown): string {
  return `<pre>${escaped(JSON.stringify(value, null, 2))}</pre>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
