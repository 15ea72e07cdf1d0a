/** Writes how far a run is, every few seconds, until it ends or another run has replaced it. */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { hasEnded, type LearningRun } from '@hangtag/shared/domain/learning-run.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { LearningRuns, LearningRunVersion } from '@hangtag/shared/ports/learning-runs.js';

export interface RunWriterPorts {
  readonly runs: LearningRuns;
  readonly clock: Clock;
}

interface TakenRun {
  readonly run: LearningRun;
  readonly version: LearningRunVersion;
}

const WRITE_EVERY_MS = 2_000;
/** Without a change, so that others see that the run goes on. */
const SIGN_EVERY_MS = 20_000;

export class RunWriter {
  readonly #tenant: TenantId;
  readonly #ports: RunWriterPorts;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #taken: TakenRun;
  #isChanged = false;
  #writing: Promise<void> = Promise.resolve();

  /** @returns undefined if another delivery has taken the run */
  static async take(
    tenant: TenantId,
    { run, version }: TakenRun,
    ports: RunWriterPorts,
  ): Promise<RunWriter | undefined> {
    const running: LearningRun = { ...run, state: 'running', updatedAt: ports.clock.now() };
    const taken = await ports.runs.put(tenant, running, version);
    return taken && new RunWriter(tenant, { run: running, version: taken }, ports);
  }

  private constructor(tenant: TenantId, taken: TakenRun, ports: RunWriterPorts) {
    this.#tenant = tenant;
    this.#taken = taken;
    this.#ports = ports;
    this.#timer = setInterval(() => this.#writeIfDue(), WRITE_EVERY_MS);
  }

  get run(): LearningRun {
    return this.#taken.run;
  }

  /** Fires when another run has replaced this one. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Is written with the next write. */
  change(change: Partial<LearningRun>): void {
    this.#taken = { ...this.#taken, run: { ...this.run, ...change } };
    this.#isChanged = true;
  }

  /** Writes at once; afterwards, `lost` has fired if another run has replaced this one. @throws {TransientError} */
  async write(change: Partial<LearningRun>): Promise<void> {
    const writing = this.#writing.then(() => {
      this.change(change);
      return this.#write();
    });
    this.#writing = writing.catch(() => this.change({}));
    await writing;
  }

  /** @throws {TransientError} */
  async end(change: Partial<LearningRun>): Promise<void> {
    this.stop();
    await this.write(change);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #writeIfDue(): void {
    const isDue = this.#isChanged || this.#ports.clock.now() - this.run.updatedAt >= SIGN_EVERY_MS;
    // The next write repeats one that fails.
    if (isDue) this.#writing = this.#writing.then(() => this.#write()).catch(() => this.change({}));
  }

  async #write(): Promise<void> {
    const { runs, clock } = this.#ports;
    while (!this.lost.aborted) {
      this.change({ updatedAt: clock.now() });
      this.#isChanged = false;
      const version = await runs.put(this.#tenant, this.run, this.#taken.version);
      // An answer of Firestore may be lost: then the document is as this writer wrote it.
      const found = version === undefined ? await runs.get(this.#tenant) : { version, run: this.run };
      if (found?.run?.id !== this.run.id || (version === undefined && hasEnded(found.run)))
        this.#lost.abort(new TransientError('Expected the run to be the latest but found another'));
      else this.#taken = { ...this.#taken, version: found.version };
      if (version !== undefined) return;
    }
  }
}
