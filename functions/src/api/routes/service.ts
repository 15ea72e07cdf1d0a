/** Whether the service runs: the routes of the published contract that need no credentials. */
import { z } from '@hono/zod-openapi';
import type { Mount } from '../api-env.js';
import { OPEN } from '../identity.js';
import { defineRoute } from '../route.js';

const Service = z
  .object({
    service: z.string(),
    version: z.string(),
    status: z.string(),
    model: z.object({ loaded: z.boolean(), classes: z.array(z.string()) }),
    endpoints: z.record(z.string(), z.string()),
  })
  .openapi('Service');

const getService = defineRoute(OPEN, {
  method: 'get',
  path: '/',
  operationId: 'getService',
  summary: 'What the service is and which endpoints it has',
  responses: { 200: { description: 'The service', content: { 'application/json': { schema: Service } } } },
});

export const mountService: Mount = (api) => {
  api.openapi(getService, (context) =>
    context.json(
      {
        service: 'hangtag',
        version: '0.1.0',
        status: 'running',
        model: { loaded: false, classes: [] },
        endpoints: {},
      },
      200,
    ),
  );
};
