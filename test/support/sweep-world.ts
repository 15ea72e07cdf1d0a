/** A bucket, its records and its queue in memory, for sweeps. The test moves the clock. */
import { type IngestPorts, ingest } from '@hangtag/functions/ingest/handler.js';
import { DEFAULT_SWEEP_LIMITS, type SweepLimits, type SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import type { ModelPin } from '@hangtag/shared/domain/model-version.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import type { ModelRef } from '@hangtag/shared/domain/record.js';
import type { SweepRequest } from '@hangtag/shared/domain/sweep-state.js';
import { onSettled, type Result } from '@hangtag/shared/domain/transitions.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import { labelled, NEXT_MODEL } from '../fixtures/records.js';

export const BUCKET = 'photos';
const HOUR_MS = 3_600_000;

export class SweepWorld {
  nowMs = Date.UTC(2026, 0, 1);
  readonly clock = { now: () => this.nowMs };
  readonly objects = new MemoryObjectStore(this.clock, [BUCKET]);
  readonly records = new MemoryRecordStore(this.clock);
  readonly sweeps = new MemorySweepStore();
  readonly ownModels = new Map<TenantId, ModelPin>();
  readonly sent: ImageMessage[] = [];
  readonly publisher = new MemoryPublisher((_topic, { data }) => this.sent.push(data as ImageMessage));

  ports(limits: Partial<SweepLimits> = {}): SweepPorts {
    const { objects, sweeps, clock } = this;
    return {
      ...this.#ingestPorts(),
      objects,
      sweeps,
      clock,
      prices: PRICES,
      models: async () => ({ installed: NEXT_MODEL.sha256, ofTenants: this.ownModels }),
      limits: { ...DEFAULT_SWEEP_LIMITS, pageSize: 10, ...limits },
    };
  }

  /** An upload whose event was lost. */
  async upload(name: string): Promise<StoredObject> {
    await this.objects.write({ bucket: BUCKET, name, bytes: Uint8Array.of(1) });
    const object = await this.objects.stat(BUCKET, name);
    if (object === undefined) throw new Error(`Expected ${name} to be stored`);
    return object;
  }

  /** An upload whose event arrived: recorded and queued. */
  async record(name: string): Promise<StoredObject> {
    const object = await this.upload(name);
    await ingest({ kind: 'finalized', object }, this.#ingestPorts());
    this.sent.length = 0;
    return object;
  }

  async label({ name }: Pick<StoredObject, 'name'>, model: ModelRef): Promise<void> {
    await this.#settle(name, labelled({ model }));
  }

  async fail(name: string): Promise<void> {
    await this.#settle(name, { kind: 'parked' });
  }

  /** Longer than every grace period and age limit. */
  letTimePass(ms = HOUR_MS): void {
    this.nowMs += ms;
  }

  async #settle(name: string, result: Result): Promise<void> {
    const entry = [...this.records.entries()].find(({ record }) => record.name === name);
    if (entry === undefined) throw new Error(`Expected a record of ${name}`);
    const decision = onSettled(entry.record, entry.record.generation, result);
    if (decision.kind === 'update') await this.records.update(entry.key, decision.change, entry.version);
  }

  #ingestPorts(): IngestPorts {
    const { records, publisher, objects } = this;
    const policy = { includePrefixes: [], excludePrefixes: ['processed/'], maxBytes: 1_000 };
    return { records, publisher, objects, policy, topics: { uploaded: 'image-backfill' } };
  }
}

export function request(changes: Partial<SweepRequest> = {}): SweepRequest {
  return { bucket: BUCKET, prefix: '', passes: ['objects', 'stuck', 'deferred'], mode: 'repair', ...changes };
}
