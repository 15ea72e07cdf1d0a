import {
  type DocumentReference,
  FieldValue,
  type Firestore,
  type WriteResult,
} from '@google-cloud/firestore';
import type { AlertState } from '../../domain/alerts/alert-state.js';
import type { TenantId } from '../../domain/identity.js';
import type { Condition } from '../../domain/report/findings.js';
import type { AlertStore, AlertVersion, VersionedAlert } from '../../ports/alert-store.js';
import { GRPC, grpcCodeOf, transientOr } from '../grpc-outcome.js';
import { timeText, updateTimeOf } from './update-time.js';

/** Answers of a precondition that did not hold. */
const LOST: ReadonlySet<unknown> = new Set([GRPC.alreadyExists, GRPC.failedPrecondition, GRPC.notFound]);

export class FirestoreAlertStore implements AlertStore {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async get(tenant: TenantId, condition: Condition): Promise<VersionedAlert | undefined> {
    try {
      const snapshot = await this.#document(tenant, condition).get();
      if (!snapshot.exists || snapshot.updateTime === undefined) return undefined;
      const { writtenAt, ...state } = snapshot.data() ?? {};
      // Written here only: no client may.
      return { state: state as AlertState, version: timeText(snapshot.updateTime) as AlertVersion };
    } catch (error) {
      throw transientOr(error, `read the alert ${condition}`);
    }
  }

  async put(
    tenant: TenantId,
    state: AlertState,
    known: AlertVersion | undefined,
  ): Promise<AlertVersion | undefined> {
    try {
      const { writeTime } = await this.#write(this.#document(tenant, state.condition), state, known);
      return timeText(writeTime) as AlertVersion;
    } catch (error) {
      if (LOST.has(grpcCodeOf(error))) return undefined;
      throw transientOr(error, `write the alert ${state.condition}`);
    }
  }

  #write(
    document: DocumentReference,
    state: AlertState,
    known: AlertVersion | undefined,
  ): Promise<WriteResult> {
    // A write that changes nothing keeps the update time: without the stamp, two who write the same would both succeed.
    const stamped = { ...state, writtenAt: FieldValue.serverTimestamp() };
    return known === undefined
      ? document.create(stamped)
      : document.update(stamped, { lastUpdateTime: updateTimeOf(known) });
  }

  #document(tenant: TenantId, condition: Condition): DocumentReference {
    return this.#firestore.doc(`tenants/${tenant}/alerts/${condition}`);
  }
}
