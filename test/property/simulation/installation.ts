/** One installation on the memory adapters, and the ports of each piece of work in it: every call waits for the scheduler. */

import { sweep } from '@hangtag/functions/sweep/handler.js';
import { DEFAULT_SWEEP_LIMITS, type SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import type { ModelRef } from '@hangtag/shared/domain/record.js';
import { PASSES } from '@hangtag/shared/domain/sweep-state.js';
import { ImageError } from '@hangtag/shared/errors.js';
import { CircuitOpen } from '@hangtag/shared/inference/circuit-breaker.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import { BUCKET } from '../../fixtures/records.js';
import { oneModel } from '../../support/one-model.js';
import { ManualClock, UPLOADED } from '../../support/stage.js';
import type { Task } from './task.js';

export const CONTENTS = ['good', 'doubtful', 'corrupt', 'poison'] as const;
export type Content = (typeof CONTENTS)[number];

/** What a control test breaks in the installation. */
export interface Sabotage {
  readonly ingestRecords?: (records: RecordStore) => RecordStore;
  readonly classifyRecords?: (records: RecordStore) => RecordStore;
  readonly sweepRecords?: (records: RecordStore) => RecordStore;
  readonly acknowledge?: 'first' | 'last';
  readonly sweep?: (ports: SweepPorts) => Promise<unknown>;
  readonly maxAttempts?: number;
}

export const AGE_GATE_MS = 60_000;
export const MAX_ATTEMPTS = 3;

export class Installation {
  readonly clock = new ManualClock();
  readonly objects = new MemoryObjectStore(this.clock, [BUCKET]);
  readonly records = new MemoryRecordStore(this.clock);
  readonly sweeps = new MemorySweepStore();
  readonly publisher: MemoryPublisher;
  /** The model that each worker runs. */
  readonly versions = [1, 1];
  /** Whether the model of each worker fails: its circuit is open, and images are deferred. */
  readonly failing = [false, false];
  /** The worker whose process an image has just killed. */
  killed: number | undefined;
  readonly #sabotage: Sabotage;

  constructor(sabotage: Sabotage, onPublished: (message: ImageMessage) => void) {
    this.#sabotage = sabotage;
    this.publisher = new MemoryPublisher((_, { data }) => onPublished(data as ImageMessage));
  }

  get latest(): number {
    return Math.max(...this.versions);
  }

  /** Sweeps the bucket once. A failed repair is a bug, and thrown. */
  sweep(task: Task): Promise<unknown> {
    const ports = this.#sweepPorts(task);
    if (this.#sabotage.sweep) return this.#sabotage.sweep(ports);
    const onFailure = ({ error }: { readonly error: unknown }) => {
      throw error;
    };
    return sweep({ bucket: BUCKET, prefix: '', passes: PASSES, mode: 'repair' }, ports, { onFailure });
  }

  ingestPorts(task: Task) {
    const sabotaged = this.#sabotage.ingestRecords?.(this.records) ?? this.records;
    return {
      records: task.gate<RecordStore>(sabotaged, 'records'),
      publisher: task.gate(this.publisher, 'publisher'),
      objects: task.gate(this.objects, 'objects'),
      policy: { includePrefixes: [], excludePrefixes: [], maxBytes: 1000 },
      topics: { uploaded: UPLOADED },
    };
  }

  #sweepPorts(task: Task): SweepPorts {
    const sabotaged = this.#sabotage.sweepRecords?.(this.records) ?? this.records;
    return {
      ...this.ingestPorts(task),
      records: task.gate<RecordStore>(sabotaged, 'records'),
      objects: task.gate(this.objects, 'objects'),
      sweeps: task.gate(this.sweeps, 'sweeps'),
      clock: this.clock,
      prices: PRICES,
      limits: { ...DEFAULT_SWEEP_LIMITS, pageSize: 2, graceMs: 0, stuckMs: AGE_GATE_MS, leaseMs: 1 },
      model: async () => modelOf(this.latest).sha256,
    };
  }

  classifyPorts(task: Task, worker: number) {
    const sabotaged = this.#sabotage.classifyRecords?.(this.records) ?? this.records;
    return {
      records: task.gate<RecordStore>(sabotaged, 'records'),
      objects: task.gate(this.objects, 'objects'),
      models: oneModel(task.gate(this.#classifier(worker), 'classifier')),
      publisher: this.publisher,
      clock: this.clock,
      policy: {
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
      model: modelOf(this.versions[worker] ?? 1),
      classify: async ([byte = 0]) => {
        if (this.failing[worker]) throw new CircuitOpen('Expected a model that works');
        const content = CONTENTS[byte];
        if (content === 'corrupt') throw new ImageError('corrupt', 'Expected a whole image');
        if (content === 'poison') this.killed = worker;
        const score = content === 'good' ? 0.9 : 0.5;
        return { scores: [{ label: 'Tops', score }], unknown: false, decodeMs: 0, inferMs: 0 };
      },
      close: async () => undefined,
    };
  }
}

function modelOf(version: number): ModelRef {
  return { id: 'simulated', version: String(version), sha256: String(version) };
}
