/**
 * An application is a value: its configuration and the ports of each function. A process, a test or a tool makes as many
 * applications as it needs. Each port is made once for each application, at its first use, so a function loads only what it
 * uses. If making a port fails, the next call tries again.
 */
import { metricsOf } from '../metrics/configured-metrics.js';
import type { Metrics } from '../metrics/metrics.js';
import { tracerOf } from '../tracing/configured-tracer.js';
import { tracedAdapters } from '../tracing/traced-adapters.js';
import type { OpenTracer } from '../tracing/tracer.js';
import type { Adapters } from './adapters.js';
import { type FunctionPorts, PORTS, type Setting } from './function-ports.js';
import { onceEach } from './once.js';

export interface App extends Setting, FunctionPorts {
  /** Absent: no traces. */
  readonly tracer: OpenTracer | undefined;
  /** Absent: no metrics. */
  readonly metrics: Metrics | undefined;
  /** Ends what was started: the worker processes of the models, and the watch of the tenants. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export function createApp(setting: Setting, adapters: Adapters): App {
  const tracer = tracerOf(setting.config, setting.log);
  const metrics = metricsOf(setting.config, setting.log);
  const { models: openModels, ...others } = tracer ? tracedAdapters(adapters, tracer) : adapters;
  const opened: { close(): unknown }[] = [];
  let isClosed = false;
  const parts = {
    ...setting,
    adapters: onceEach(others),
    openModels,
    openThumbnailer: others.thumbnailer,
    closeAtEnd: (closable: { close(): unknown }) => {
      if (isClosed) void closable.close();
      else opened.push(closable);
    },
  };
  const made = Object.entries(PORTS).map(([name, make]) => [name, () => make({ ...parts, ports })]);
  const ports = onceEach(Object.fromEntries(made) as FunctionPorts);
  const close = async () => {
    isClosed = true;
    metrics?.close();
    await Promise.all(opened.splice(0).map((each) => each.close()));
  };
  return { ...setting, ...ports, tracer, metrics, close, [Symbol.asyncDispose]: close };
}
