/** Uploads images to a stage and waits until a listener has received the label of each. */
import { Timestamp } from '@google-cloud/firestore';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import pMap from 'p-map';
import type { Stage } from './stage.js';

export interface Load {
  /** Prefix of all names; a different one for each load. */
  readonly prefix: string;
  readonly images: number;
  /** Concurrent uploads. */
  readonly inFlight: number;
  readonly pictures: readonly Buffer[];
  /** Called after every label with the number of labels. */
  readonly onLabel?: (labelled: number) => void;
}

export interface Run {
  /** From the start of the first upload to the last label. */
  readonly seconds: number;
  /** For each image, from the start of its upload to the label at the listener. */
  readonly latenciesMs: readonly number[];
  /** Labels that the listener did not receive. They were read from the records, with their times. */
  readonly unheard: number;
}

/** After this time without news, the records are read. */
const SILENCE_MS = 5_000;
/** After this number of silent periods, the missing labels are lost. */
const LAST_SILENCE = 12;

/** One listener for all loads of a stage, like the table of `npm start`. */
export async function driver(stage: Stage): Promise<(load: Load) => Promise<Run>> {
  let listener: (record: ImageRecord) => void = () => undefined;
  await stage.stack.watch((record) => listener(record));
  return async (load) => {
    const labels = new Labels(load, stage);
    listener = (record) => labels.receive(record, performance.now());
    const all = labels.all();
    // The rejection is handled at the await below; uploads continue meanwhile.
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
  readonly #stage: Stage;
  readonly #startedAt = new Map<string, number>();
  readonly #latenciesMs: number[] = [];
  #firstAt: number | undefined;
  #lastAt = 0;
  #unheard = 0;
  #silence: NodeJS.Timeout | undefined;
  #resolve: (run: Run) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(load: Load, stage: Stage) {
    this.#load = load;
    this.#stage = stage;
  }

  all(): Promise<Run> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#waitForNews(1);
    });
  }

  expect(name: string): void {
    const now = performance.now();
    this.#firstAt ??= now;
    this.#startedAt.set(name, now);
  }

  /** @returns whether it changed anything */
  receive({ name, status, reason }: LabelNews, at: number): boolean {
    const startedAt = this.#startedAt.get(name);
    if (startedAt === undefined || status === 'queued') return false;
    if (status !== 'done' && status !== 'review') {
      this.#end(() => this.#reject(new Error(`Expected a label for ${name} but it is ${status}, ${reason}`)));
      return true;
    }
    this.#startedAt.delete(name);
    this.#lastAt = Math.max(this.#lastAt, at);
    this.#latenciesMs.push(at - startedAt);
    this.#load.onLabel?.(this.#latenciesMs.length);
    if (this.#latenciesMs.length < this.#load.images) this.#waitForNews(1);
    else this.#end(() => this.#resolve(this.#run()));
    return true;
  }

  #run(): Run {
    const seconds = (this.#lastAt - (this.#firstAt ?? 0)) / 1_000;
    return { seconds, latenciesMs: this.#latenciesMs, unheard: this.#unheard };
  }

  #waitForNews(silence: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#readRecords(silence).catch((error: unknown) => this.#reject(error as Error));
    }, SILENCE_MS);
  }

  async #readRecords(silence: number): Promise<void> {
    const news = await pMap([...this.#startedAt.keys()], (name) => this.#readRecord(name), {
      concurrency: 20,
    });
    if (news.some(Boolean)) return;
    if (silence < LAST_SILENCE) return this.#waitForNews(silence + 1);
    const { images } = this.#load;
    const lost = images - this.#latenciesMs.length;
    this.#reject(
      new Error(`Expected ${images} labels but ${lost} came neither by the listener nor in a record`),
    );
  }

  async #readRecord(name: string): Promise<boolean> {
    const record = await this.#stage.record(name).get();
    const labeledAt: unknown = record.get('labeledAt');
    if (!(labeledAt instanceof Timestamp)) return false;
    const at = labeledAt.toMillis() - performance.timeOrigin;
    const isNews = this.receive({ name, status: record.get('status'), reason: record.get('reason') }, at);
    if (isNews) this.#unheard += 1;
    return isNews;
  }

  #end(settle: () => void): void {
    clearTimeout(this.#silence);
    settle();
  }
}

type LabelNews = Pick<ImageRecord, 'name' | 'status' | 'reason'>;
