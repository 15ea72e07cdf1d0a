/** All records of a tenant for a data warehouse, streamed: memory does not grow with their number. */
import { isMatch } from '@hangtag/shared/domain/image-filter.js';
import type { CatalogImage } from '@hangtag/shared/ports/image-catalog.js';
import { z } from '@hono/zod-openapi';
import { csvText } from '../../report/csv-file.js';
import type { Mount } from '../api-env.js';
import { callersWith } from '../identity.js';
import { IMAGE_FIELDS, imageAnswer } from '../image-answer.js';
import { FilterQuery, filterOf } from '../list-images.js';
import { defineRoute } from '../route.js';

const PAGE_SIZE = 500;

const TYPE_OF = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' } as const;

const exportImages = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/export',
  tags: ['Images'],
  operationId: 'exportImages',
  summary: 'All images, the latest upload first',
  description: 'A failure ends the connection, so that an incomplete export is not taken for a complete one.',
  request: { query: FilterQuery.extend({ format: z.enum(['ndjson', 'csv']).default('ndjson') }) },
  responses: {
    200: {
      description: 'One line for each image',
      content: {
        'application/x-ndjson': { schema: z.string() },
        'text/csv': { schema: z.string() },
      },
    },
  },
});

export const mountExport: Mount = (api, { app }) => {
  api.openapi(exportImages, async (context) => {
    const { format, ...query } = context.req.valid('query');
    const identity = context.get('identity');
    const { tenant } = identity;
    const filter = await filterOf(query, identity, app);
    const { catalog } = await app.images();
    const lineOf = format === 'csv' ? csvLine : jsonLine;
    const encoder = new TextEncoder();
    async function* lines() {
      if (format === 'csv') yield encoder.encode(csvText([IMAGE_FIELDS]));
      for await (const image of catalog.newest({ tenant, filter, pageSize: PAGE_SIZE })) {
        if (isMatch(image.record, filter)) yield encoder.encode(lineOf(image));
      }
    }
    return context.body(ReadableStream.from(lines()), 200, { 'Content-Type': TYPE_OF[format] });
  });
};

function jsonLine({ imageId, record }: CatalogImage): string {
  return `${JSON.stringify(imageAnswer(imageId, record))}\n`;
}

function csvLine({ imageId, record }: CatalogImage): string {
  const answer = imageAnswer(imageId, record);
  const cells = IMAGE_FIELDS.map((field) => {
    const value = answer[field];
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  });
  return csvText([cells]);
}
