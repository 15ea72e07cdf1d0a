/**
 * A whole installation on the memory adapters: a bucket whose events may be doubled, reordered, delayed and lost, a
 * topic that delivers at least once, two workers that die, models that are replaced, people who correct. Nothing
 * happens by itself; every move is one method, and `rest` lets the weather clear up.
 */
import { classify } from '@hangtag/functions/classify/handler.js';
import { deadLetter } from '@hangtag/functions/dead-letter/handler.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { DEFAULT_SWEEP_LIMITS, type SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import type { Correction, ModelRef } from '@hangtag/shared/domain/record.js';
import { PASSES } from '@hangtag/shared/domain/sweep-state.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import { RejectedInput, Transient } from '@hangtag/shared/errors.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import { PRICES } from '@hangtag/shared/prices.js';
import { BUCKET, keyOf } from '../../fixtures/records.js';
import { ManualClock, UPLOADED } from '../../fixtures/stage.js';
import { type Debt, RuleBroken, Rules } from './rules.js';
import { Task } from './task.js';

export const CONTENTS = ['good', 'doubtful', 'corrupt', 'poison'] as const;
export type Content = (typeof CONTENTS)[number];

/** What a control test takes away from the installation. */
export interface Sabotage {
  readonly ingestRecords?: (records: RecordStore) => RecordStore;
  readonly classifyRecords?: (records: RecordStore) => RecordStore;
  readonly acknowledge?: 'first' | 'last';
  readonly sweep?: (ports: SweepPorts) => Promise<unknown>;
  readonly maxAttempts?: number;
}

export interface Climate {
  /** Whether the subscription counts deliveries and gives up on a message; otherwise the age gate does. */
  readonly countsDeliveries: boolean;
}

const AGE_GATE_MS = 60_000;
const MAX_ATTEMPTS = 3;
/** What passes before a delivery that failed comes back. */
const BACKOFF_MS = 20_000;
/** Far more than the longest schedule needs: what is not at rest by then never will be. */
const MAX_TURNS = 500;
const MAX_ROUNDS = 10;

interface Delivery {
  readonly debt: Debt;
  readonly source:
    | { readonly kind: 'event'; readonly object: StoredObject }
    | { readonly kind: 'message' | 'dead'; readonly message: ImageMessage; readonly publishedAt: number };
  attempt: number;
}

interface Job {
  readonly task: Task;
  /** Absent for a sweep. */
  readonly delivery?: Delivery;
  readonly worker: number;
}

export class World {
  readonly rules = new Rules();
  readonly trace: string[] = [];
  readonly #clock = new ManualClock();
  readonly #objects = new MemoryObjectStore(this.#clock, [BUCKET]);
  readonly #records = new MemoryRecordStore(this.#clock);
  readonly #sweeps = new MemorySweepStore();
  readonly #publisher = new MemoryPublisher((_, { data }) => this.#onPublished(data as ImageMessage));
  readonly #contents = new Map<string, Content>();
  readonly #tries = new Map<string, number>();
  readonly #versions = [1, 1];
  readonly #climate: Climate;
  readonly #sabotage: Sabotage;
  #waiting: Delivery[] = [];
  #jobs: Job[] = [];
  #killed: number | undefined;
  #started = 0;
  #writes = 0;

  constructor(climate: Climate, sabotage: Sabotage) {
    this.#climate = climate;
    this.#sabotage = sabotage;
    this.#records.subscribe(({ record }) => {
      this.#writes += 1;
      this.rules.written(record);
    });
  }

  async upload(name: string, content: Content): Promise<void> {
    const before = await this.#objects.stat(BUCKET, name);
    await this.#objects.write({ bucket: BUCKET, name, bytes: Uint8Array.of(CONTENTS.indexOf(content)) });
    const after = await this.#objects.stat(BUCKET, name);
    if (after === undefined) return;
    this.#contents.set(`${name}@${after.generation}`, content);
    this.#note(`upload ${content} ${label(after)}`);
    this.#sendEvent('finalized', after);
    if (before) this.#sendEvent('deleted', before);
  }

  async remove(name: string): Promise<void> {
    const object = await this.#objects.stat(BUCKET, name);
    if (object === undefined) return;
    await this.#objects.remove(object);
    this.#note(`remove ${label(object)}`);
    this.#sendEvent('deleted', object);
  }

  async correct(name: string): Promise<void> {
    const known = await this.#records.get(keyOf(name));
    if (!known?.record.present) return;
    const { generation } = known.record;
    this.#note(`correct ${label(known.record)}`);
    const correction: Correction = { category: 'Heels', by: 'anna', at: this.#clock.now(), generation };
    this.rules.corrected(name, correction);
    const set = { correction, status: 'done', reason: null } as const;
    await this.#records.update(keyOf(name), { set }, known.version);
  }

  deploy(worker: number): void {
    const version = (this.#versions[worker] ?? 0) + 1;
    this.#versions[worker] = version;
    this.#note(`deploy model ${version} on worker ${worker}`);
  }

  wait(): void {
    this.#clock.advance(AGE_GATE_MS + 1);
    this.#note('wait beyond the age gate');
  }

  async deliver(pick: number, worker: number): Promise<void> {
    const delivery = picked(this.#waiting, pick);
    if (delivery === undefined) return;
    this.#waiting = this.#waiting.filter((other) => other !== delivery);
    await this.#begin(delivery, worker);
  }

  duplicate(pick: number): void {
    const delivery = picked(this.#waiting, pick);
    if (delivery === undefined) return;
    this.#note(`duplicate ${describe(delivery)}`);
    this.#waiting.push({ ...delivery, debt: this.rules.owe(delivery.debt) });
  }

  /** Events only: a topic keeps its messages. */
  lose(pick: number): void {
    const delivery = picked(
      this.#waiting.filter(({ source }) => source.kind === 'event'),
      pick,
    );
    if (delivery === undefined) return;
    this.#note(`lose ${describe(delivery)}`);
    this.rules.forgive(delivery.debt);
    this.#waiting = this.#waiting.filter((other) => other !== delivery);
  }

  async startSweep(): Promise<void> {
    const task = this.#newTask('sweep');
    const work = this.#sabotage.sweep ?? sweepAll;
    this.#jobs.push({ task, worker: -1 });
    await task.start(() => work(this.#sweepPorts(task)));
    this.#reap();
  }

  async step(pick: number): Promise<void> {
    const job = picked(this.#jobs, pick);
    if (job === undefined) return;
    this.#clock.advance(1);
    this.#note(`${job.task.name}: ${job.task.nextCall}`);
    await job.task.step();
    this.#reap();
  }

  /** Runs one job to its end, undisturbed. */
  async finish(pick: number): Promise<void> {
    const job = picked(this.#jobs, pick);
    for (let turn = 0; job && this.#jobs.includes(job); turn += 1) {
      if (turn === MAX_TURNS) throw new RuleBroken(4, `${job.task.name} never ends`);
      await this.step(this.#jobs.indexOf(job));
    }
  }

  /** A quiet while: one worker does all there is to do, one thing after another, until nothing is left. */
  async calm(worker: number): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      if (this.#jobs.length > 0) await this.finish(0);
      else if (this.#waiting.length > 0) await this.deliver(0, worker);
      else return;
    }
    throw new RuleBroken(4, 'deliveries never end');
  }

  async crash(pick: number, when: 'before' | 'after'): Promise<void> {
    const job = picked(this.#jobs, pick);
    if (job === undefined) return;
    this.#clock.advance(1);
    this.#note(`${job.task.name}: dies ${when} ${job.task.nextCall}`);
    if (when === 'after') await job.task.dieAfterCall();
    this.#abandon(job);
  }

  /**
   * Everything is delivered, one thing at a time and nothing lost, and swept until the sweep finds nothing to do.
   * @throws {RuleBroken} what rests is not at its end, or nothing comes to rest
   */
  async rest(): Promise<void> {
    this.#note('the weather clears up');
    this.#versions.fill(Math.max(...this.#versions));
    // The first sweep may only end what an earlier one left, so two in a row must find nothing.
    let quietRounds = 0;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      this.#clock.advance(AGE_GATE_MS + 1);
      await this.calm(0);
      const writesBefore = this.#writes;
      await this.startSweep();
      await this.finish(0);
      const isQuiet = this.#waiting.length === 0 && this.#writes === writesBefore;
      quietRounds = isQuiet ? quietRounds + 1 : 0;
      if (quietRounds === 2) return this.#assertEnded();
    }
    throw new RuleBroken(4, 'the sweep never finds everything done');
  }

  async #assertEnded(): Promise<void> {
    for (const name of new Set([...this.#contents.keys()].map((key) => key.slice(0, key.indexOf('@'))))) {
      const live = await this.#objects.stat(BUCKET, name);
      const record = (await this.#records.get(keyOf(name)))?.record;
      const found = record ? `${record.status} ${record.reason ?? ''} at ${record.generation}` : 'nothing';
      if (live === undefined) {
        if (record?.present) throw new RuleBroken(4, `${name} was deleted but its record says ${found}`);
        continue;
      }
      if (record?.generation !== live.generation || !record.present || record.status === 'queued') {
        throw new RuleBroken(4, `${label(live)} is live but its record says ${found}`);
      }
      const isCorrected = record.correction?.generation === record.generation;
      if (!isCorrected && record.status !== this.#deserved(live) && !this.#isWornOut(live)) {
        throw new RuleBroken(
          6,
          `${label(live)} is ${this.#contents.get(label(live))} but its record says ${found}`,
        );
      }
    }
  }

  #deserved(object: StoredObject): string {
    switch (this.#contents.get(label(object))) {
      case 'good':
        return 'done';
      case 'doubtful':
        return 'review';
      default:
        return 'failed';
    }
  }

  /** Its process died, or was slow, as often as an image may be tried: nobody can tell it from a poisonous one. */
  #isWornOut(object: StoredObject): boolean {
    return (this.#tries.get(label(object)) ?? 0) >= MAX_ATTEMPTS;
  }

  #sendEvent(kind: 'finalized' | 'deleted', object: StoredObject): void {
    const { name, generation } = object;
    const debt = this.rules.owe({ kind, name, generation });
    this.#waiting.push({ debt, source: { kind: 'event', object }, attempt: 0 });
  }

  #onPublished(message: ImageMessage): void {
    const { name, generation } = message;
    this.rules.published(name, generation);
    const debt = this.rules.owe({ kind: 'message', name, generation });
    this.#waiting.push({
      debt,
      source: { kind: 'message', message, publishedAt: this.#clock.now() },
      attempt: 0,
    });
  }

  async #begin(delivery: Delivery, worker: number): Promise<void> {
    if (delivery.attempt > 0) this.#clock.advance(BACKOFF_MS);
    delivery.attempt += 1;
    const { source, debt } = delivery;
    const task = this.#newTask(`${source.kind === 'event' ? 'ingest' : source.kind}`);
    this.#note(`${task.name} takes ${describe(delivery)}, delivery ${delivery.attempt}, on worker ${worker}`);
    this.#jobs.push({ task, delivery, worker });
    if (this.#sabotage.acknowledge === 'first') this.rules.acknowledged(debt);
    await task.start(() => this.#work(task, delivery, worker));
    this.#reap();
  }

  #work(task: Task, { source, debt, attempt }: Delivery, worker: number): Promise<unknown> {
    if (source.kind === 'event') {
      const kind = debt.kind === 'deleted' ? 'deleted' : 'finalized';
      return ingest({ kind, object: source.object }, this.#ingestPorts(task));
    }
    const { message, publishedAt } = source;
    const tried = label(message);
    this.#tries.set(tried, (this.#tries.get(tried) ?? 0) + 1);
    const command = {
      message,
      publishedAt,
      ...(this.#climate.countsDeliveries && { deliveryAttempt: attempt }),
    };
    const ports = this.#classifyPorts(task, worker);
    return source.kind === 'dead' ? deadLetter(command, ports) : classify(command, ports);
  }

  #ingestPorts(task: Task) {
    const sabotaged = this.#sabotage.ingestRecords?.(this.#records) ?? this.#records;
    return {
      records: task.gate<RecordStore>(sabotaged, 'records'),
      publisher: task.gate(this.#publisher, 'publisher'),
      policy: { includePrefixes: [], excludePrefixes: [], maxBytes: 1000 },
      topics: { uploaded: UPLOADED },
    };
  }

  #sweepPorts(task: Task): SweepPorts {
    return {
      ...this.#ingestPorts(task),
      objects: task.gate(this.#objects, 'objects'),
      sweeps: task.gate(this.#sweeps, 'sweeps'),
      clock: this.#clock,
      prices: PRICES,
      limits: { ...DEFAULT_SWEEP_LIMITS, pageSize: 2, graceMs: 0, stuckMs: AGE_GATE_MS, leaseMs: 1 },
      model: async () => modelOf(Math.max(...this.#versions)).sha256,
    };
  }

  #classifyPorts(task: Task, worker: number) {
    const sabotaged = this.#sabotage.classifyRecords?.(this.#records) ?? this.#records;
    return {
      records: task.gate<RecordStore>(sabotaged, 'records'),
      objects: task.gate(this.#objects, 'objects'),
      classifier: task.gate(this.#classifier(worker), 'classifier'),
      publisher: this.#publisher,
      clock: this.#clock,
      policy: {
        ...DEFAULT_VERDICT_POLICY,
        maxBytes: 1000,
        ageGateMs: AGE_GATE_MS,
        maxAttempts: this.#sabotage.maxAttempts ?? MAX_ATTEMPTS,
        keepEmbedding: false,
      },
      topics: {},
    };
  }

  #classifier(worker: number): Classifier {
    return {
      model: modelOf(this.#versions[worker] ?? 1),
      classify: async ([byte = 0]) => {
        const content = CONTENTS[byte];
        if (content === 'corrupt') throw new RejectedInput('corrupt', 'Expected a whole image');
        if (content === 'poison') this.#killed = worker;
        const score = content === 'good' ? 0.9 : 0.5;
        return { scores: [{ label: 'Tops', score }], unknown: false, decodeMs: 0, inferMs: 0 };
      },
      close: async () => undefined,
    };
  }

  #newTask(name: string): Task {
    this.#started += 1;
    return new Task(`${name}#${this.#started}`);
  }

  /** Takes away what ended, and all that worked in a process that an image has killed. */
  #reap(): void {
    if (this.rules.breach) throw this.rules.breach;
    const killed = this.#killed;
    this.#killed = undefined;
    for (const job of this.#jobs) {
      const isMessage = job.delivery?.source.kind === 'message';
      if (killed !== undefined && isMessage && job.worker === killed) {
        this.#note(`${job.task.name}: killed with its process`);
        this.#abandon(job);
      } else if (job.task.ending) this.#finish(job, job.task.ending);
    }
  }

  #finish(job: Job, ending: NonNullable<Task['ending']>): void {
    if (ending.kind === 'threw') {
      if (!(ending.error instanceof Transient)) throw ending.error;
      this.#abandon(job);
      return;
    }
    this.#note(`${job.task.name}: done`);
    this.#jobs = this.#jobs.filter((other) => other !== job);
    if (job.delivery && this.#sabotage.acknowledge !== 'first') this.rules.acknowledged(job.delivery.debt);
  }

  /** The work is gone and its delivery comes back, or ends among the dead letters. */
  #abandon(job: Job): void {
    this.#jobs = this.#jobs.filter((other) => other !== job);
    const { delivery } = job;
    if (delivery === undefined || this.#sabotage.acknowledge === 'first') return;
    const { source, attempt } = delivery;
    const isDead = source.kind === 'message' && this.#climate.countsDeliveries && attempt > MAX_ATTEMPTS;
    this.#waiting.push(isDead ? { ...delivery, source: { ...source, kind: 'dead' }, attempt: 0 } : delivery);
  }

  #note(line: string): void {
    this.trace.push(line);
  }
}

function sweepAll(ports: SweepPorts): Promise<unknown> {
  return sweep({ bucket: BUCKET, prefix: '', passes: PASSES, mode: 'repair' }, ports);
}

function picked<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % items.length];
}

function label({ name, generation }: { readonly name: string; readonly generation: string }): string {
  return `${name}@${generation}`;
}

function describe({ debt, source }: Delivery): string {
  return `${source.kind === 'dead' ? 'dead letter' : debt.kind} ${label(debt)}`;
}

function modelOf(version: number): ModelRef {
  return { id: 'simulated', version: String(version), sha256: String(version) };
}
