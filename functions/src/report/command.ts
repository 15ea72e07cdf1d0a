import { DEFAULT_TENANT, isTenantId, type TenantId } from '@hangtag/shared/domain/identity.js';
import { addDays, civilTime, parseDay } from '@hangtag/shared/domain/report/day-window.js';
import { type TimeZones, zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import { InputError, listed } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import { describeIssues } from '@hangtag/shared/zod-issues.js';
import { z } from 'zod';
import type { ReportCommand } from './period.js';

const request = z.strictObject({
  day: z.union([z.literal('today'), z.string().transform(parseDay)]).optional(),
  tenant: z
    .string()
    .refine(isTenantId, { error: ({ input }) => `Expected a tenant id but received "${input}"` })
    .transform((text) => text as TenantId)
    .default(DEFAULT_TENANT),
});

/**
 * The parameters of an HTTP request or of a command line. `today` is the day in the tenant's zone; without a day it is
 * yesterday.
 * @throws {InputError} a parameter is unknown, or is not a day or a tenant
 */
export function reportCommand(
  parameters: unknown,
  { clock, ...zones }: TimeZones & { readonly clock: Clock },
): ReportCommand {
  try {
    const { day, tenant } = request.parse(parameters);
    const today = civilTime(clock.now(), zoneOf(zones, tenant)).day;
    return { tenant, day: day === 'today' ? today : (day ?? addDays(today, -1)) };
  } catch (cause) {
    // `parseDay` throws an InputError with a message of its own.
    if (!(cause instanceof z.ZodError)) throw cause;
    throw new InputError(
      listed('Expected a day and a tenant for the report but received', describeIssues(cause)),
      {
        cause,
      },
    );
  }
}

/**
 * An empty report would hide that the name of a tenant is wrong. An installation without images has the default one.
 * @throws {InputError} there is no such tenant
 */
export async function assertHasRecords(
  { tenant }: ReportCommand,
  records: Pick<DayRecords, 'tenants'>,
): Promise<void> {
  if (tenant === DEFAULT_TENANT || (await records.tenants()).includes(tenant)) return;
  throw new InputError(`Expected a tenant with images but found none of "${tenant}"`);
}
