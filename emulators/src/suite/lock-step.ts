/**
 * Delivers one upload after the other: the next one when the record of the last one is settled. The functions emulator starts
 * a process of 160 MB for each concurrent event, so twelve uploads at once start fourteen processes.
 */
import type { Firestore } from '@google-cloud/firestore';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { DEFAULT_TENANT, imageIdOf, tenantOf } from '@hangtag/shared/domain/identity.js';
import type { ObjectEvent } from '../bucket/resource.js';
import { Slots } from '../events/turns.js';
import { pause } from '../processes/backoff.js';

const POLL_MS = 250;
/** An upload whose message was lost is queued until the next sweep. */
const SETTLE_LIMIT_MS = 30_000;

type Deliver = (event: ObjectEvent) => Promise<void>;

export class LockStep {
  readonly #turn = new Slots(1);
  readonly #closing = new AbortController();

  /** @param isSettled whether the record of an upload is not queued */
  constructor(
    private readonly deliverNow: Deliver,
    private readonly isSettled: (event: ObjectEvent) => Promise<boolean>,
  ) {}

  readonly deliver: Deliver = (event) =>
    this.#turn.run('', async () => {
      this.#closing.signal.throwIfAborted();
      await this.deliverNow(event);
      if (event.type === 'finalized') await this.#untilSettled(event);
    });

  /** Ends all waits. Deliveries that have not begun reject, so the bucket server keeps their events. */
  close(): void {
    this.#closing.abort();
  }

  async #untilSettled(event: ObjectEvent): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(SETTLE_LIMIT_MS)]);
    while (!signal.aborted && !(await this.isSettled(event))) await pause(POLL_MS, signal);
  }
}

/** @returns whether the record that the upload belongs to is not queued */
export function settledIn(firestore: Firestore): (event: ObjectEvent) => Promise<boolean> {
  return async ({ bucket, name }) => {
    const tenant = tenantOf(name) ?? DEFAULT_TENANT;
    const record = await firestore.doc(`tenants/${tenant}/${IMAGES}/${imageIdOf(bucket, name)}`).get();
    return record.get('status') !== 'queued';
  };
}
