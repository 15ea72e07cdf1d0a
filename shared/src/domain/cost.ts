/** From operations to money and time: estimates, at the prices of a list. */
import type { Operations } from './sweep-state.js';

export interface PriceList {
  /** Year and month at which the prices were looked up. */
  readonly asOf: string;
  readonly region: string;
  /** US dollars a unit. */
  readonly usd: {
    readonly read: number;
    readonly write: number;
    readonly message: number;
    readonly list: number;
    readonly stat: number;
    readonly invocation: number;
    readonly cpuSecond: number;
  };
  /** What labelling takes: CPU seconds an image, and how many CPUs work on a backlog. */
  readonly labelling: { readonly cpuSecondsPerImage: number; readonly cpus: number };
}

/** What the labelling of one image reads and writes, beside the record that was queued: see the design, section 3. */
const LABELLING = { reads: 1, writes: 1, stats: 1 } as const;

export interface Estimate {
  /** Images that go through the model: one a message. */
  readonly images: number;
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
  readonly cpuSeconds: number;
  readonly usd: number;
  /** From the first image to the last, once they are queued. */
  readonly seconds: number;
}

/** What a sweep's operations come to together with the labelling that its messages cause. */
export function estimateOf(operations: Operations, { usd, labelling }: PriceList): Estimate {
  const images = operations.messages;
  const cpuSeconds = images * labelling.cpuSecondsPerImage;
  const reads = operations.reads + images * LABELLING.reads;
  const writes = operations.writes + images * LABELLING.writes;
  const stats = operations.stats + images * LABELLING.stats;
  return {
    images,
    reads,
    writes,
    messages: operations.messages,
    cpuSeconds,
    seconds: cpuSeconds / labelling.cpus,
    usd:
      reads * usd.read +
      writes * usd.write +
      operations.messages * (usd.message + usd.invocation) +
      operations.lists * usd.list +
      stats * usd.stat +
      cpuSeconds * usd.cpuSecond,
  };
}
