import { randomUUID } from 'node:crypto';
import type { DocumentReference, Firestore } from '@google-cloud/firestore';
import type { AlertState } from '../../domain/alerts/alert-state.js';
import type { TenantId } from '../../domain/identity.js';
import type { Condition } from '../../domain/report/findings.js';
import type { AlertStore, AlertVersion, VersionedAlert } from '../../ports/alert-store.js';
import { transientOr } from '../grpc-outcome.js';
import { putIfUnchanged, timeText } from './update-time.js';

export class FirestoreAlertStore implements AlertStore {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async get(tenant: TenantId, condition: Condition): Promise<VersionedAlert | undefined> {
    try {
      const snapshot = await this.#document(tenant, condition).get();
      if (!snapshot.exists || snapshot.updateTime === undefined) return undefined;
      const { writeId, ...state } = snapshot.data() ?? {};
      // Not checked: only this class writes these documents.
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
    const document = this.#document(tenant, state.condition);
    // A write that changes nothing keeps the update time, so two writers of the same state would both succeed.
    const writeId = randomUUID();
    try {
      const version = await putIfUnchanged(document, { ...state, writeId }, known);
      return version === undefined ? await this.#ownVersion(document, writeId) : (version as AlertVersion);
    } catch (error) {
      throw transientOr(error, `write the alert ${state.condition}`);
    }
  }

  /** Firestore can commit a write and answer UNAVAILABLE; the client repeats it, and its precondition fails. */
  async #ownVersion(document: DocumentReference, writeId: string): Promise<AlertVersion | undefined> {
    const snapshot = await document.get();
    const isOwn = snapshot.get('writeId') === writeId && snapshot.updateTime !== undefined;
    return isOwn ? (timeText(snapshot.updateTime) as AlertVersion) : undefined;
  }

  #document(tenant: TenantId, condition: Condition): DocumentReference {
    return this.#firestore.doc(`tenants/${tenant}/alerts/${condition}`);
  }
}
