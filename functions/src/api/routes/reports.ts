/** The reports of past days. */
import { type Day, parseDay } from '@hangtag/shared/domain/report/day-window.js';
import { z } from '@hono/zod-openapi';
import type { Mount } from '../api-env.js';
import { callersWith } from '../identity.js';
import { Refusal } from '../refusal.js';
import { defineRoute } from '../route.js';
import { viewerOf } from '../viewer.js';

/** A page of a report needs its own styles and pictures; scripts stay blocked. */
const PAGE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:";

const get = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/reports/{day}',
  tags: ['Reports'],
  operationId: 'getReport',
  summary: 'The report of a day',
  description: '`json`: docs/report.schema.json. `csv`: one line for each image. `html`: a page for people.',
  request: {
    params: z.object({ day: z.iso.date().openapi({ example: '2026-11-20' }) }),
    query: z.object({ format: z.enum(['json', 'csv', 'html']).default('json') }),
  },
  responses: {
    200: {
      description: 'The report',
      content: {
        'application/json': { schema: z.record(z.string(), z.unknown()).openapi('Report') },
        'text/csv': { schema: z.string() },
        'text/html': { schema: z.string() },
      },
    },
  },
});

export const mountReports: Mount = (api, { app }) => {
  api.openapi(get, async (context) => {
    const day = parseDay(context.req.valid('param').day);
    const { format } = context.req.valid('query');
    const identity = context.get('identity');
    if ((await viewerOf(app, identity)) !== undefined) {
      throw new Refusal('forbidden', 'Expected an administrator: a report names the images of all people');
    }
    const { tenant } = identity;
    const { archive, files } = await app.report();
    const archived = await archive.find(tenant, day);
    if (archived === undefined) throw noReport(day);
    if (format === 'json') return context.json({ ...archived.report }, 200);
    const name = format === 'csv' ? '/images.csv' : '/report.html';
    const file = archived.files.find((each) => each.endsWith(name));
    const text = file && (await files.read(file));
    if (text === undefined) throw noReport(day);
    if (format === 'csv') {
      return context.body(text, 200, { 'Content-Type': 'text/csv; charset=utf-8' });
    }
    return context.html(text, 200, { 'Content-Security-Policy': PAGE_POLICY });
  });
};

function noReport(day: Day): Refusal {
  return new Refusal('not-found', `Expected a day with a report but received ${day}`);
}
