/** The time zone of a tenant: its own, or that of the installation. */
import type { TenantId } from '../identity.js';
import type { TimeZone } from '../time-zone.js';

export interface TimeZones {
  readonly timeZone: TimeZone;
  readonly tenantTimeZones?: Pick<ReadonlyMap<TenantId, TimeZone>, 'get'>;
}

export function zoneOf({ timeZone, tenantTimeZones }: TimeZones, tenant: TenantId): TimeZone {
  return tenantTimeZones?.get(tenant) ?? timeZone;
}
