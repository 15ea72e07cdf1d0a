import type { Config } from '@hangtag/shared/config.js';
import type { Logger } from '@hangtag/shared/log.js';
import type { Call, Metrics } from './metrics.js';

/**
 * Calls are counted from the moment the port is open. If it is taken, a log line says so and nothing is counted. Without
 * HANGTAG_METRICS_PORT there are no metrics, and their package is not loaded.
 */
export function metricsOf(config: Config, log: Logger): Metrics | undefined {
  const { HANGTAG_METRICS_PORT: port } = config;
  if (port === undefined) return undefined;
  let served: Metrics | undefined;
  let isClosed = false;
  const opening = import('./metrics.js').then(async ({ serveMetrics }) => {
    served = await serveMetrics(port);
    if (isClosed) served.close();
  });
  opening.catch((err: unknown) => log.error({ function: 'metrics', outcome: 'not-served', err }));
  return {
    count: (call: Call) => served?.count(call),
    close() {
      isClosed = true;
      served?.close();
    },
  };
}
