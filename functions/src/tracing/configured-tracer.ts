import type { Config } from '@hangtag/shared/config.js';
import type { Logger } from '@hangtag/shared/log.js';
import { once } from '../app/once.js';
import type { OpenTracer } from './tracer.js';

/**
 * Opened once for each application. Without HANGTAG_OTLP_ENDPOINT there is no tracer, and no package of OpenTelemetry is loaded.
 */
export function tracerOf(config: Config, log: Logger): OpenTracer | undefined {
  const { HANGTAG_OTLP_ENDPOINT: endpoint, HANGTAG_TRACE_SHARE: share } = config;
  if (endpoint === undefined) return undefined;
  return once(async () => {
    const { openTracer } = await import('./open-tracer.js');
    return openTracer({ endpoint, share, log });
  });
}
