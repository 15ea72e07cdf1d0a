/** A benchmark is a function that returns measurements. Each runs in its own process. */
import type { Measurement } from './figure.js';

/** `quick` shows in seconds that everything works; its figures are rough. */
export type Scale = 'full' | 'quick';

export interface Context {
  readonly scale: Scale;
  /** Reports progress to the user, on standard error. */
  readonly say: (line: string) => void;
}

export type Benchmark = (context: Context) => Promise<readonly Measurement[]>;

export interface Entry {
  readonly name: string;
  /** One line, for the list. */
  readonly what: string;
  readonly needs: 'nothing' | 'emulators';
  /** Whether it takes too long for a run of all benchmarks. */
  readonly onlyByName?: boolean;
  /** Node's own options. */
  readonly execArgv?: readonly string[];
  /** Called in the process that runs the benchmark, so that no benchmark uses the memory of another. */
  readonly load: () => Promise<Benchmark>;
}

export async function repeat<T>(times: number, work: (run: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < times; run += 1) results.push(await work(run));
  return results;
}
