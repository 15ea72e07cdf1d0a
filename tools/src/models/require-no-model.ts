import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { nameOfVersion } from '@hangtag/shared/domain/model-version.js';
import type { TenantDocument } from '@hangtag/shared/domain/tenant.js';
import { UsageError } from '@hangtag/shared/errors.js';

/** The document of a tenant names its models too: if it is removed, the history no longer says which one labels. @throws {UsageError} */
export function requireNoModel(tenant: TenantId, { model }: TenantDocument = {}): void {
  const used = model?.active ?? model?.shadow;
  if (!used) return;
  const action = model?.active ? 'rollback' : 'trial none';
  throw new UsageError(
    `Expected no model of the tenant ${tenant} but found ${nameOfVersion(used)}. Type: npm run models -- ${action} --tenant ${tenant}`,
  );
}
