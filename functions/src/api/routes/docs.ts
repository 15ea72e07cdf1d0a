/** `/openapi.json`, and the same as a page. */
import { z } from '@hono/zod-openapi';
import type { Mount } from '../api-env.js';
import { docsPage, PAGE_POLICY } from '../docs/page.js';
import { type ApiDocument, documentOf } from '../document.js';
import { OPEN } from '../identity.js';
import { defineRoute, json } from '../route.js';

const getOpenapi = defineRoute(OPEN, {
  method: 'get',
  path: '/openapi.json',
  tags: ['Service'],
  operationId: 'getOpenapi',
  summary: 'This description',
  responses: { 200: json('OpenAPI 3.1', z.any().openapi({ type: 'object' })) },
});

const getDocs = defineRoute(OPEN, {
  method: 'get',
  path: '/docs',
  tags: ['Service'],
  operationId: 'getDocs',
  summary: 'This description as a page',
  responses: { 200: { description: 'A page', content: { 'text/html': { schema: z.string() } } } },
});

export const mountDocs: Mount = (api) => {
  // Made with the first request: other routes are added after this one.
  let document: ApiDocument | undefined;
  let page: string | undefined;
  const described = () => {
    document ??= documentOf(api);
    return document;
  };
  api.openapi(getOpenapi, (context) => context.json(described(), 200));
  api.openapi(getDocs, async (context) => {
    page ??= await docsPage(described());
    return context.html(page, 200, { 'Content-Security-Policy': PAGE_POLICY });
  });
};
