/** Wraps ports so that billed operations are counted, in the units of the price list. */
import { aggregationReads } from '@hangtag/shared/domain/prices.js';
import type { Operations } from '@hangtag/shared/domain/sweep-state.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { SweepPorts } from './ports.js';

const NONE: Operations = { reads: 0, writes: 0, messages: 0, lists: 0, stats: 0 };

export class Meter {
  #spent = NONE;

  /** The operations since the last call. */
  take(): Operations {
    const spent = this.#spent;
    this.#spent = NONE;
    return spent;
  }

  count(operation: keyof Operations, times: number): void {
    this.#spent = { ...this.#spent, [operation]: this.#spent[operation] + times };
  }
}

export function metered(ports: SweepPorts, meter: Meter): SweepPorts {
  return {
    ...ports,
    records: meteredRecords(ports.records, meter),
    publisher: meteredPublisher(ports.publisher, meter),
    objects: meteredObjects(ports.objects, meter),
  };
}

function meteredRecords(records: RecordStore, meter: Meter): RecordStore {
  const aggregation = (entries: number) => meter.count('reads', aggregationReads(entries));
  return {
    get(key) {
      meter.count('reads', 1);
      return records.get(key);
    },
    create(key, record) {
      meter.count('writes', 1);
      return records.create(key, record);
    },
    update(key, change, version) {
      meter.count('writes', 1);
      return records.update(key, change, version);
    },
    async digest(range) {
      const digest = await records.digest(range);
      aggregation(digest.count);
      return digest;
    },
    async count(selection) {
      const count = await records.count(selection);
      aggregation(count);
      return count;
    },
    async *scan(selection) {
      let scanned = 0;
      for await (const known of records.scan(selection)) {
        scanned += 1;
        meter.count('reads', 1);
        yield known;
      }
      if (scanned === 0) meter.count('reads', 1);
    },
    nextModel(bucket, after) {
      meter.count('reads', 1);
      return records.nextModel(bucket, after);
    },
  };
}

function meteredPublisher(publisher: Publisher, meter: Meter): Publisher {
  return {
    publish(topic, message) {
      meter.count('messages', 1);
      return publisher.publish(topic, message);
    },
  };
}

function meteredObjects(objects: ObjectStore, meter: Meter): ObjectStore {
  return {
    read: (version, maxBytes) => objects.read(version, maxBytes),
    write: (object, request) => objects.write(object, request),
    remove: (version) => objects.remove(version),
    list(bucket, request) {
      meter.count('lists', 1);
      return objects.list(bucket, request);
    },
    stat(bucket, name) {
      meter.count('stats', 1);
      return objects.stat(bucket, name);
    },
  };
}
