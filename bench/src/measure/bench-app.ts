/** The production application on the ports that a benchmark gives it. */
import type { Adapters, Ports } from '@hangtag/functions/app/adapters.js';
import { type App, createApp } from '@hangtag/functions/app/app.js';
import { MemoryTenantStore } from '@hangtag/shared/adapters/memory/tenant-store.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { standardLog } from '@hangtag/shared/log.js';
import { type Clock, systemClock } from '@hangtag/shared/ports/clock.js';

export interface BenchApp {
  /** Of the images. */
  readonly bucket: string;
  /** Without a port, the functions that need it fail. */
  readonly ports: Partial<Ports>;
  readonly timeZone?: string;
  readonly clock?: Clock;
}

export function benchApp({ bucket, ports, timeZone = 'UTC', clock = systemClock }: BenchApp): App {
  const config = parseConfig({ HANGTAG_BUCKET: bucket, HANGTAG_TIME_ZONE: timeZone });
  const withTenants = { tenantStore: new MemoryTenantStore(), ...ports };
  const adapters = Object.entries(withTenants).map(([name, port]) => [name, async () => port]);
  return createApp({ config, clock, log: standardLog }, Object.fromEntries(adapters) as Adapters);
}
