import { open } from 'node:fs/promises';
import { startSpanReceiver } from './span-receiver.js';
import { typicalTrace, waterfallPage } from './waterfall.js';

export interface TraceFile {
  /** For HANGTAG_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** Writes the page; without the trace of a labelled image, prints a message instead. */
  close(): Promise<void>;
}

/** The file is opened at once, so that a long run does not end without it. */
export async function openTraceFile(path: string): Promise<TraceFile> {
  const file = await open(path, 'w');
  const { endpoint, spans, close } = await startSpanReceiver();
  return {
    endpoint,
    async close() {
      close();
      const trace = typicalTrace(spans);
      if (trace.length === 0)
        console.error(`Expected the trace of a labelled image for ${path} but received none.`);
      else await file.writeFile(waterfallPage(trace));
      await file.close();
    },
  };
}
