/**
 * A whole installation and its surroundings: a bucket whose events may be doubled, reordered, delayed and lost, a topic that
 * delivers at least once, processes that die, a budget, models that break and are replaced, people who correct. Nothing
 * happens by itself: every step is one method, and `rest` ends all disturbances.
 */

import { setTimeout as timer } from 'node:timers/promises';
import type { App } from '@hangtag/functions/app/app.js';
import { classify } from '@hangtag/functions/classify/handler.js';
import { deadLetter } from '@hangtag/functions/dead-letter/handler.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import type { Correction } from '@hangtag/shared/domain/record.js';
import { CrashError, TransientError } from '@hangtag/shared/errors.js';
import { BUCKET, keyOf } from '../../fixtures/records.js';
import { assertEnded } from './at-rest.js';
import { type Climate, Deliveries, type Delivery, describe, label, picked } from './deliveries.js';
import {
  AGE_GATE_MS,
  CONTENTS,
  type Content,
  Installation,
  type ProcessName,
  type Sabotage,
} from './installation.js';
import { RuleBroken, Rules } from './rules.js';
import { Task } from './task.js';

/** The time until a failed delivery is repeated. */
const BACKOFF_MS = 20_000;
/** Far more than the longest schedule needs: a job that has not ended by then never ends. */
const MAX_TURNS = 500;
const MAX_ROUNDS = 20;
/** Of real time, for a module that the code loads on demand. */
const LOAD_MS = 20;
const DAY_MS = 86_400_000;
/** Of the versions that a schedule switches to, the one that stands for the model of the installation. */
const INSTALLED = 100;

interface Job {
  readonly task: Task;
  /** Undefined for a sweep. */
  readonly delivery?: Delivery;
  readonly process: ProcessName;
}

export class World {
  readonly rules = new Rules();
  readonly trace: string[] = [];
  readonly #installation: Installation;
  readonly #deliveries: Deliveries;
  readonly #contents = new Map<string, Content>();
  readonly #tries = new Map<string, number>();
  readonly #climate: Climate;
  readonly #sabotage: Sabotage;
  #jobs: Job[] = [];
  #started = 0;
  #writes = 0;

  constructor(climate: Climate, sabotage: Sabotage) {
    this.#climate = climate;
    this.#sabotage = sabotage;
    this.#deliveries = new Deliveries(this.rules, climate);
    this.#installation = new Installation(sabotage, (message) =>
      this.#deliveries.message(message, this.#installation.clock.now()),
    );
    this.#installation.records.subscribe(({ record }) => {
      this.#writes += 1;
      this.rules.written(record);
      const { brokenAtMs, clock } = this.#installation;
      // Each event is one image; a sweep repairs a page of two at once.
      const atWork = this.#jobs.reduce((sum, { process }) => sum + (process === 'sweep' ? 2 : 1), 0);
      this.rules.deferredWithReason(record, { brokenAtMs, nowMs: clock.now(), atWork });
    });
  }

  async upload(name: string, content: Content): Promise<void> {
    const before = await this.#installation.objects.stat(BUCKET, name);
    await this.#installation.objects.write({
      bucket: BUCKET,
      name,
      bytes: content === 'empty' ? new Uint8Array() : Uint8Array.of(CONTENTS.indexOf(content)),
    });
    const after = await this.#installation.objects.stat(BUCKET, name);
    if (after === undefined) return;
    this.#contents.set(`${name}@${after.generation}`, content);
    this.rules.uploaded(after);
    this.#note(`upload ${content} ${label(after)}`);
    this.#deliveries.event('finalized', after);
    if (before) this.#deliveries.event('deleted', before);
  }

  async remove(name: string): Promise<void> {
    const object = await this.#installation.objects.stat(BUCKET, name);
    if (object === undefined) return;
    await this.#installation.objects.remove(object);
    this.#note(`remove ${label(object)}`);
    this.#deliveries.event('deleted', object);
  }

  async correct(name: string): Promise<void> {
    const known = await this.#installation.records.get(keyOf(name));
    if (!known?.record.present) return;
    const { generation } = known.record;
    this.#note(`correct ${label(known.record)}`);
    const correction: Correction = {
      category: 'Heels',
      by: 'anna',
      at: this.#installation.clock.now(),
      generation,
    };
    this.rules.corrected(name, correction);
    const set = { correction, status: 'done', reason: null } as const;
    await this.#installation.records.update(keyOf(name), { set }, known.version);
  }

  deploy(worker: number): void {
    const version = (this.#installation.versions[worker] ?? 0) + 1;
    this.#installation.versions[worker] = version;
    this.#installation.restart(worker === 1 ? 'classify1' : 'classify0');
    this.#installation.restart('sweep');
    this.#note(`deploy model ${version} on worker ${worker}`);
  }

  /** A promotion, or a roll-back to the model of the installation. */
  switchModel(version: number): void {
    const isInstalled = version === INSTALLED;
    this.#installation.switchModel(isInstalled ? undefined : version);
    this.#note(isInstalled ? 'roll back to the model of the installation' : `promote model ${version}`);
  }

  breakModel(): void {
    this.#installation.breakModel();
    this.#note('the model breaks');
  }

  mendModel(): void {
    this.#installation.mendModel();
    this.#note('the model is mended');
  }

  wait(): void {
    this.#installation.clock.advance(AGE_GATE_MS + 1);
    this.#note('wait beyond the age gate');
  }

  async deliver(pick: number, worker: number): Promise<void> {
    const delivery = this.#deliveries.take(pick);
    if (delivery) await this.#begin(delivery, worker);
  }

  duplicate(pick: number): void {
    const delivery = this.#deliveries.duplicate(pick);
    if (delivery) this.#note(`duplicate ${describe(delivery)}`);
  }

  lose(pick: number): void {
    const delivery = this.#deliveries.lose(pick);
    if (delivery) this.#note(`lose ${describe(delivery)}`);
  }

  async startSweep(): Promise<void> {
    const app = await this.#installation.app('sweep');
    const task = this.#newTask('sweep');
    this.#jobs.push({ task, process: 'sweep' });
    await task.start(() => this.#installation.sweep(app));
    this.#reap();
  }

  async step(pick: number): Promise<void> {
    const job = picked(this.#jobs, pick);
    if (job === undefined) return;
    this.#installation.clock.advance(1);
    this.#note(`${job.task.name}: ${job.task.nextCall}`);
    await job.task.step();
    this.#reap();
  }

  /** Runs one job to its end. If it waits for another job of its process, that job is continued. */
  async finish(pick: number): Promise<void> {
    const job = picked(this.#jobs, pick);
    for (let turn = 0; job && this.#jobs.includes(job); turn += 1) {
      if (turn === MAX_TURNS) throw new RuleBroken(4, `${job.task.name} never ends`);
      const next = [job, ...this.#jobs.filter(({ process }) => process === job.process)].find(
        ({ task }) => task.hasCall,
      );
      // No call waits for the scheduler, so the job waits for a module.
      if (next === undefined) await timer(LOAD_MS);
      await this.step(this.#jobs.indexOf(next ?? job));
    }
  }

  /** One worker does all jobs and deliveries one after another, until nothing is left. */
  async calm(worker: number): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      if (this.#jobs.length > 0) await this.finish(0);
      else if (!this.#deliveries.areOver) await this.deliver(0, worker);
      else return;
    }
    throw new RuleBroken(4, 'deliveries never end');
  }

  async crash(pick: number, when: 'before' | 'after'): Promise<void> {
    const job = picked(this.#jobs, pick);
    if (job === undefined) return;
    this.#installation.clock.advance(1);
    this.#note(`${job.task.name}: dies ${when} ${job.task.nextCall}`);
    if (when === 'after') await job.task.dieAfterCall();
    this.#kill(job.process);
    this.#reap();
  }

  /**
   * Everything is delivered, one after another, and swept until the sweep finds nothing to do.
   * @throws {RuleBroken} a record is not as it must be, or the work never ends
   */
  async rest(): Promise<void> {
    this.#note('all disturbances end');
    this.#installation.settle();
    await this.calm(0);
    // The first sweep may only end what an earlier one left, so two in a row must find nothing.
    let quietRounds = 0;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      // A day, so that what the budget deferred is affordable again.
      this.#installation.clock.advance(DAY_MS);
      await this.calm(0);
      const writesBefore = this.#writes;
      await this.startSweep();
      await this.finish(0);
      const isQuiet = this.#deliveries.areOver && this.#writes === writesBefore;
      quietRounds = isQuiet ? quietRounds + 1 : 0;
      if (quietRounds === 2) return this.#assertEnded();
    }
    throw new RuleBroken(4, 'the sweep never finds everything done');
  }

  async #assertEnded(): Promise<void> {
    const names = new Set([...this.#contents.keys()].map((key) => key.slice(0, key.indexOf('@'))));
    for (const name of names) {
      const live = await this.#installation.objects.stat(BUCKET, name);
      const record = (await this.#installation.records.get(keyOf(name)))?.record;
      const key = live ? label(live) : '';
      assertEnded({ name, live, record, content: this.#contents.get(key), tries: this.#tries.get(key) ?? 0 });
    }
  }

  async #begin(delivery: Delivery, worker: number): Promise<void> {
    if (delivery.attempt > 0) this.#installation.clock.advance(BACKOFF_MS);
    delivery.attempt += 1;
    const { source, debt } = delivery;
    const task = this.#newTask(`${source.kind === 'event' ? 'ingest' : source.kind}`);
    const process = processOf(delivery, worker);
    this.#note(`${task.name} takes ${describe(delivery)}, delivery ${delivery.attempt}, in ${process}`);
    this.#jobs.push({ task, delivery, process });
    if (this.#sabotage.acknowledge === 'first') this.rules.acknowledged(debt);
    const app = await this.#installation.app(process);
    await task.start(() => this.#work(app, delivery));
    this.#reap();
  }

  async #work(app: App, { source, debt, attempt }: Delivery): Promise<unknown> {
    if (source.kind === 'event') {
      const kind = debt.kind === 'deleted' ? 'deleted' : 'finalized';
      return ingest({ kind, object: source.object }, await app.ingest());
    }
    const { message, publishedAt } = source;
    const tried = label(message);
    this.#tries.set(tried, (this.#tries.get(tried) ?? 0) + 1);
    const command = {
      message,
      publishedAt,
      ...(this.#climate.countsDeliveries && { deliveryAttempt: attempt }),
    };
    return source.kind === 'dead'
      ? deadLetter(command, await app.deadLetter())
      : classify(command, await app.classify());
  }

  #newTask(name: string): Task {
    this.#started += 1;
    return new Task(`${name}#${this.#started}`);
  }

  /** Removes the jobs that ended, and those in a process that an image has killed. */
  #reap(): void {
    if (this.rules.breach) throw this.rules.breach;
    const killed = this.#installation.killed;
    this.#installation.killed = undefined;
    if (killed !== undefined) this.#kill(killed);
    for (const job of this.#jobs) {
      if (job.task.ending) this.#finish(job, job.task.ending);
    }
  }

  #kill(process: ProcessName): void {
    this.#installation.restart(process);
    for (const job of this.#jobs.filter((each) => each.process === process)) {
      this.#note(`${job.task.name}: killed with its process`);
      this.#abandon(job);
    }
  }

  #finish(job: Job, ending: NonNullable<Task['ending']>): void {
    if (ending.kind === 'threw') {
      if (!isExpected(ending.error)) throw ending.error;
      this.#abandon(job);
      return;
    }
    this.#note(`${job.task.name}: done`);
    this.#jobs = this.#jobs.filter((other) => other !== job);
    if (job.delivery && this.#sabotage.acknowledge !== 'first') this.rules.acknowledged(job.delivery.debt);
  }

  /** Ends a job without an effect: its delivery is repeated, or becomes a dead letter. */
  #abandon(job: Job): void {
    this.#jobs = this.#jobs.filter((other) => other !== job);
    if (job.delivery && this.#sabotage.acknowledge !== 'first') this.#deliveries.comeBack(job.delivery);
  }

  #note(line: string): void {
    this.trace.push(line);
  }
}

function processOf({ source }: Delivery, worker: number): ProcessName {
  const index = worker === 1 ? 1 : 0;
  return source.kind === 'event' ? `ingest${index}` : `classify${index}`;
}

/** Failures after which the message is delivered again: everything else is a bug. */
function isExpected(error: unknown): boolean {
  return error instanceof TransientError || error instanceof CrashError;
}
