/**
 * One installation: the services that its processes share, in memory, and an application for each process. Two processes
 * ingest, two classify, one sweeps. A process that dies loses the state of its application: lanes, budget shares and circuit.
 */
import type { App } from '@hangtag/functions/app/app.js';
import type { Tenants } from '@hangtag/functions/app/tenants.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { DEFAULT_SWEEP_LIMITS, type SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemorySpending } from '@hangtag/shared/adapters/memory/spending.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import { MemoryTenantStore } from '@hangtag/shared/adapters/memory/tenant-store.js';
import { type Config, parseConfig } from '@hangtag/shared/config.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import { NO_MODELS } from '@hangtag/shared/domain/model-version.js';
import type { ModelRef } from '@hangtag/shared/domain/record.js';
import { PASSES } from '@hangtag/shared/domain/sweep-state.js';
import { CrashError, ImageError } from '@hangtag/shared/errors.js';
import { withCircuitBreaker } from '@hangtag/shared/inference/circuit-breaker.js';
import { createLog } from '@hangtag/shared/log.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import type { ModelRegistry } from '@hangtag/shared/ports/model-registry.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { Spending } from '@hangtag/shared/ports/spending.js';
import { BUCKET } from '../../fixtures/records.js';
import { memoryApp } from '../../support/memory-app.js';
import { oneModel } from '../../support/one-model.js';
import { ManualClock } from '../../support/stage.js';
import { gated } from './task.js';

/** `poison` ends the process of the function, `bomb` the worker that decodes it. */
export const CONTENTS = ['good', 'doubtful', 'corrupt', 'poison', 'bomb', 'empty'] as const;
export type Content = (typeof CONTENTS)[number];

export type ProcessName = 'ingest0' | 'ingest1' | 'classify0' | 'classify1' | 'sweep';

/** What a control test breaks in the installation. */
export interface Sabotage {
  readonly ingestRecords?: (records: RecordStore) => RecordStore;
  readonly classifyRecords?: (records: RecordStore) => RecordStore;
  readonly sweepRecords?: (records: RecordStore) => RecordStore;
  readonly acknowledge?: 'first' | 'last';
  readonly sweep?: (ports: SweepPorts) => Promise<unknown>;
  readonly maxAttempts?: number;
  /** Replaces the check of the model that opens the circuit. */
  readonly checkModel?: () => Promise<void>;
  readonly spending?: (records: MemoryRecordStore) => Spending;
  /** The classifier names the model that is active when it is asked, and not the one that labelled. */
  readonly namesActiveModel?: true;
}

export const AGE_GATE_MS = 60_000;
export const MAX_ATTEMPTS = 3;
export const DAILY_LIMIT = 2;
const RECORDS_OF = {
  ingest0: 'ingestRecords',
  ingest1: 'ingestRecords',
  classify0: 'classifyRecords',
  classify1: 'classifyRecords',
  sweep: 'sweepRecords',
} as const satisfies Record<ProcessName, keyof Sabotage>;
/** Many applications are made for each schedule: they share what is slow to make. */
const LOG = createLog({ write: () => undefined });
const CIRCUIT = { coolDownMs: 30_000, checkEveryMs: 0 };

export class Installation {
  readonly clock = new ManualClock();
  readonly objects = new MemoryObjectStore(this.clock, [BUCKET]);
  readonly records = new MemoryRecordStore(this.clock);
  /** The model of the installation that each classify process runs. A model of the tenant goes first. */
  readonly versions = [1, 1];
  readonly #tenants = new MemoryTenantStore();
  /** When the model was last broken, in epoch milliseconds. */
  brokenAtMs = Number.NEGATIVE_INFINITY;
  #isModelBroken = false;
  /** The process that an image has just killed. */
  killed: ProcessName | undefined;
  readonly #sweeps = new MemorySweepStore();
  readonly #publisher: MemoryPublisher;
  readonly #sabotage: Sabotage;
  readonly #config: Config;
  readonly #apps = new Map<ProcessName, App>();

  constructor(sabotage: Sabotage, onPublished: (message: ImageMessage) => void) {
    this.#sabotage = sabotage;
    this.#config = parseConfig({
      HANGTAG_BUCKET: BUCKET,
      HANGTAG_MAX_BYTES: '1000',
      HANGTAG_AGE_GATE_MS: String(AGE_GATE_MS),
      HANGTAG_MAX_ATTEMPTS: String(sabotage.maxAttempts ?? MAX_ATTEMPTS),
      HANGTAG_DAILY_LIMIT_IMAGES: String(DAILY_LIMIT),
      HANGTAG_SURGE_BURST_IMAGES: '2',
    });
    this.#publisher = new MemoryPublisher((_, { data }) => onPublished(data as ImageMessage));
  }

  get latest(): number {
    return Math.max(...this.versions);
  }

  /** The application of a process, with its ports made: a handler begins with its own first call. */
  async app(process: ProcessName): Promise<App> {
    const running = this.#apps.get(process);
    if (running !== undefined) return running;
    const app = this.#makeApp(process);
    await Promise.all([app.ingest(), app.classify(), app.sweep()]);
    this.#apps.set(process, app);
    return app;
  }

  /** From the next image on, every process labels with this version. @param version undefined: that of the installation */
  switchModel(version: number | undefined): void {
    const active =
      version === undefined ? null : { ...modelOf(version), digest: String(version).padEnd(64, '0') };
    this.#tenants.putModels(DEFAULT_TENANT, { ...NO_MODELS, active });
  }

  /** The next job of this process gets a new application; running jobs keep the old one. */
  restart(process: ProcessName): void {
    this.#apps.delete(process);
  }

  /** The model fails on every picture, its golden ones included. */
  breakModel(): void {
    this.#isModelBroken = true;
    this.brokenAtMs = this.clock.now();
  }

  mendModel(): void {
    if (this.#isModelBroken) this.brokenAtMs = this.clock.now();
    this.#isModelBroken = false;
  }

  /** Every process runs the latest model, and it works. */
  settle(): void {
    this.versions.fill(this.latest);
    this.mendModel();
    this.#apps.clear();
  }

  /** Sweeps the bucket once. A record that cannot be repaired ends the simulation like every other bug. */
  async sweep(app: App): Promise<unknown> {
    const limits = { ...DEFAULT_SWEEP_LIMITS, pageSize: 2, graceMs: 0, stuckMs: AGE_GATE_MS, leaseMs: 1 };
    const ports = { ...(await app.sweep()), limits };
    if (this.#sabotage.sweep) return this.#sabotage.sweep(ports);
    const onFailure = ({ error }: { readonly error: unknown }) => {
      throw error;
    };
    return sweep({ bucket: BUCKET, prefix: '', passes: PASSES, mode: 'repair' }, ports, { onFailure });
  }

  #makeApp(process: ProcessName): App {
    const { spending } = this.#sabotage;
    const records = this.#sabotage[RECORDS_OF[process]]?.(this.records) ?? this.records;
    return memoryApp({
      clock: this.clock,
      classifier: this.#classifier(process, 1),
      config: this.#config,
      log: LOG,
      adapters: {
        records: async () => gated<RecordStore>(records, 'records'),
        objects: async () => gated(this.objects, 'objects'),
        publisher: async () => gated(this.#publisher, 'publisher'),
        sweeps: async () => gated(this.#sweeps, 'sweeps'),
        spending: async () =>
          gated<Spending>(spending?.(this.records) ?? new MemorySpending(this.records), 'spending'),
        tenantStore: async () => this.#tenants,
        models: async ({ tenants }) => this.#models(process, tenants),
        modelDigest: async () => modelOf(this.latest).sha256,
      },
    }).app;
  }

  #models(process: ProcessName, tenants: () => Promise<Tenants>): ModelRegistry {
    const check = this.#sabotage.checkModel ?? (async () => this.#requireModel());
    const installed = this.versions[process === 'classify1' ? 1 : 0] ?? 1;
    const loaded = new Map<number, Classifier>();
    const load = (version: number, active: () => number) => {
      const classifier = gated(this.#classifier(process, version, active), 'classifier');
      const guarded = withCircuitBreaker(classifier, { check, clock: this.clock, policy: CIRCUIT });
      loaded.set(version, guarded);
      return guarded;
    };
    return {
      ...oneModel(this.#classifier(process, installed)),
      resolve: async (tenant) => {
        const known = await tenants();
        const active = () => Number(known.of(tenant).models.active?.version ?? installed);
        const classifier = loaded.get(active()) ?? load(active(), active);
        return oneModel(classifier).resolve(tenant);
      },
    };
  }

  #classifier(process: ProcessName, version: number, active = () => version): Classifier {
    const { namesActiveModel } = this.#sabotage;
    return {
      get model() {
        return modelOf(namesActiveModel ? active() : version);
      },
      classify: async ([byte = 0]) => {
        const content = CONTENTS[byte];
        if (content === 'corrupt') throw new ImageError('corrupt', 'Expected a whole image');
        this.#requireModel();
        if (content === 'bomb') throw new CrashError('Out of memory');
        if (content === 'poison') this.killed = process;
        const score = content === 'good' ? 0.9 : 0.5;
        return { scores: [{ label: categoryOf(version), score }], unknown: false, decodeMs: 0, inferMs: 0 };
      },
      close: async () => undefined,
    };
  }

  #requireModel(): void {
    if (this.#isModelBroken) throw new Error('Expected a session that answers');
  }
}

function modelOf(version: number): ModelRef {
  return { id: 'simulated', version: String(version), sha256: String(version) };
}

/** What this version calls every picture. */
export function categoryOf(version: number | string): string {
  return `of version ${version}`;
}
