import { DEFAULT_TENANT, isTenantId, type TenantId } from '@hangtag/shared/domain/identity.js';
import { addDays, civilTime, parseDay } from '@hangtag/shared/domain/report/day-window.js';
import { type TimeZones, zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import { z } from 'zod';
import type { ReportCommand } from './handler.js';

const request = z.strictObject({
  day: z.string().transform(parseDay).optional(),
  tenant: z
    .string()
    .refine(isTenantId, { error: ({ input }) => `Expected a tenant id but received "${input}"` })
    .transform((text) => text as TenantId)
    .default(DEFAULT_TENANT),
});

/**
 * What somebody asks for, by HTTP or on the command line; without a day, yesterday's.
 * @throws {InputError} a parameter that is no day or no tenant, or one that nobody knows
 */
export function reportCommand(
  parameters: unknown,
  { clock, ...zones }: TimeZones & { readonly clock: Clock },
): ReportCommand {
  try {
    const { day, tenant } = request.parse(parameters);
    return { tenant, day: day ?? addDays(civilTime(clock.now(), zoneOf(zones, tenant)).day, -1) };
  } catch (cause) {
    // `parseDay` throws an InputError of its own, which says best what is wrong.
    if (!(cause instanceof z.ZodError)) throw cause;
    throw new InputError(`Expected a day and a tenant for the report:\n${z.prettifyError(cause)}`, {
      cause,
    });
  }
}
