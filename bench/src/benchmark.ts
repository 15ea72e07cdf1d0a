/** What every benchmark is: a function of its surroundings that gives measurements, run in a process of its own. */
import type { Measurement } from './figure.js';

/** `quick` shows that everything works, in seconds; its figures are rough. */
export type Scale = 'full' | 'quick';

export interface Context {
  readonly scale: Scale;
  /** Tells the user what goes on, on standard error. */
  readonly say: (line: string) => void;
}

export type Benchmark = (context: Context) => Promise<readonly Measurement[]>;

export interface Entry {
  readonly name: string;
  /** In a line, for the list. */
  readonly what: string;
  readonly needs: 'nothing' | 'emulators';
  /** Node's own options. */
  readonly execArgv?: readonly string[];
  /** Loaded in the process that runs it, so that none carries the memory of another. */
  readonly load: () => Promise<Benchmark>;
}

export async function repeat<T>(times: number, work: (run: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < times; run += 1) results.push(await work(run));
  return results;
}
