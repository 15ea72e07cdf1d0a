/** Puts images into a stage and waits until a listener has heard of the label of every one. */
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import pMap from 'p-map';
import type { Stage } from './stage.js';

export interface Load {
  /** Names begin with it; another for each load. */
  readonly prefix: string;
  readonly images: number;
  /** Uploads under way at once. */
  readonly inFlight: number;
  readonly pictures: readonly Buffer[];
  /** Told after every label of how many there are. */
  readonly onLabel?: (labelled: number) => void;
}

export interface Run {
  /** From the start of the first upload to the listener's word of the last label. */
  readonly seconds: number;
  /** Of each image, from the start of its upload to the listener's word. */
  readonly latenciesMs: readonly number[];
}

/** Without a word for this long, what is waited for is lost. */
const PATIENCE_MS = 60_000;

/** One listener for all loads of a stage, as the table of `npm start` has it. */
export async function driver(stage: Stage): Promise<(load: Load) => Promise<Run>> {
  let listener: (record: ImageRecord) => void = () => undefined;
  await stage.stack.watch((record) => listener(record));
  return async (load) => {
    const labels = new Labels(load);
    listener = (record) => labels.hear(record);
    const all = labels.all();
    // Handled when it is awaited: uploads go on meanwhile.
    all.catch(() => undefined);
    const names = Array.from({ length: load.images }, (_, index) => `${load.prefix}/${index}.jpg`);
    const put = async (name: string, index: number) => {
      labels.expect(name);
      await stage.uploader.put(name, load.pictures[index % load.pictures.length] ?? Buffer.alloc(0));
    };
    await pMap(names, put, { concurrency: load.inFlight });
    return all;
  };
}

class Labels {
  readonly #load: Load;
  readonly #startedAt = new Map<string, number>();
  readonly #latenciesMs: number[] = [];
  #firstAt: number | undefined;
  #patience: NodeJS.Timeout | undefined;
  #resolve: (run: Run) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(load: Load) {
    this.#load = load;
  }

  all(): Promise<Run> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#beginPatience();
    });
  }

  expect(name: string): void {
    const now = performance.now();
    this.#firstAt ??= now;
    this.#startedAt.set(name, now);
  }

  hear({ name, status, reason }: ImageRecord): void {
    const startedAt = this.#startedAt.get(name);
    if (startedAt === undefined || status === 'queued') return;
    if (status !== 'done' && status !== 'review') {
      this.#end(() => this.#reject(new Error(`Expected a label for ${name} but it is ${status}, ${reason}`)));
      return;
    }
    this.#startedAt.delete(name);
    const now = performance.now();
    this.#latenciesMs.push(now - startedAt);
    this.#load.onLabel?.(this.#latenciesMs.length);
    if (this.#latenciesMs.length < this.#load.images) this.#beginPatience();
    else this.#end(() => this.#resolve(this.#run(now)));
  }

  #run(now: number): Run {
    return { seconds: (now - (this.#firstAt ?? now)) / 1_000, latenciesMs: this.#latenciesMs };
  }

  #beginPatience(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      const lost = this.#load.images - this.#latenciesMs.length;
      this.#reject(
        new Error(`Expected ${this.#load.images} labels but heard nothing more of ${lost} of them`),
      );
    }, PATIENCE_MS);
  }

  #end(settle: () => void): void {
    clearTimeout(this.#patience);
    settle();
  }
}
