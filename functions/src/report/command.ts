import { DEFAULT_TENANT, isTenantId, type TenantId } from '@hangtag/shared/domain/identity.js';
import { addDays, civilTime, parseDay, type TimeZone } from '@hangtag/shared/domain/report/day-window.js';
import { z } from 'zod';
import { MalformedEvent } from '../outcome.js';
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
 * @throws {MalformedEvent} a parameter that is no day or no tenant, or one that nobody knows
 */
export function reportCommand(
  parameters: unknown,
  { nowMs, timeZone }: { readonly nowMs: number; readonly timeZone: TimeZone },
): ReportCommand {
  try {
    const { day, tenant } = request.parse(parameters);
    return { tenant, day: day ?? addDays(civilTime(nowMs, timeZone).day, -1) };
  } catch (cause) {
    const detail = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new MalformedEvent(
      `Expected a day and a tenant for the report but received another form: ${detail}`,
      {
        cause,
      },
    );
  }
}
