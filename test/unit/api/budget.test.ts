import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { ApiStage } from '../../support/api-stage.js';

const DAY_MS = 86_400_000;
const OTHER = 'other' as TenantId;
const QUEUED = { status: 'queued', category: null, confidence: null, tier: null } as const;

describe('The budget of today', () => {
  let stage: ApiStage;
  const budgetOf = async (tenant: TenantId) =>
    stage.read<Record<string, object>>(await stage.key(['admin'], tenant), 'GET /v1/budget');

  beforeEach(async () => {
    stage = new ApiStage({}, { HANGTAG_TENANT_DAILY_LIMIT_IMAGES: '5' });
    await stage.add('yesterday.jpg', QUEUED);
    stage.clock.advance(DAY_MS);
    await stage.add('1.jpg', QUEUED);
    await stage.add('2.jpg', QUEUED);
    await stage.add('tenants/other/1.jpg', QUEUED, OTHER);
  });

  it('counts the images that were queued today, beside the limit, for operators also those of all tenants', async () => {
    const { tenant, installation } = await budgetOf(DEFAULT_TENANT);

    expect(tenant).to.include({ images: 2, limit: 5 });
    expect(installation).to.include({ images: 3, limit: null });
    expect(tenant).to.have.property('costEstimate').that.is.above(0);
  });

  it('says nothing of other tenants to the administrators of a tenant', async () => {
    const budget = await budgetOf(OTHER);

    expect(budget).to.have.all.keys('tenant');
    expect(budget['tenant']).to.include({ images: 1, limit: 5 });
  });
});
