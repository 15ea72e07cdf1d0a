/** What was queued today, and the limits. The default tenant's administrators, who operate the installation, see all tenants. */
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { z } from '@hono/zod-openapi';
import { useOfDay } from '../../spend/use-of-day.js';
import type { Mount } from '../api-env.js';
import { callersWith } from '../identity.js';
import { defineRoute, json } from '../route.js';

const Use = z
  .object({
    images: z.int().openapi({ description: 'Images that were queued today' }),
    limit: z.int().nullable().openapi({ description: 'Images a day; null: no limit' }),
    costEstimate: z.number().openapi({ description: 'US dollars' }),
  })
  .openapi('UseOfDay');

const get = defineRoute(callersWith('admin'), {
  method: 'get',
  path: '/v1/budget',
  tags: ['Reports'],
  operationId: 'getBudget',
  summary: 'What today has used of the budget, of the tenant and of the installation',
  responses: {
    200: json('The use of today', z.object({ tenant: Use, installation: Use.optional() }).openapi('Budget')),
  },
});

export const mountBudget: Mount = (api, { app }) => {
  api.openapi(get, async (context) => {
    const { tenant } = context.get('identity');
    const ports = await app.budget();
    const ofTenant = await useOfDay(tenant, ports);
    if (tenant !== DEFAULT_TENANT) return context.json({ tenant: ofTenant }, 200);
    return context.json({ tenant: ofTenant, installation: await useOfDay(undefined, ports) }, 200);
  });
};
