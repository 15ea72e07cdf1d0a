import { randomUUID } from 'node:crypto';
import type { DocumentReference, Firestore, WriteResult } from '@google-cloud/firestore';
import type { AlertState } from '../../domain/alerts/alert-state.js';
import type { TenantId } from '../../domain/identity.js';
import type { Condition } from '../../domain/report/findings.js';
import type { AlertStore, AlertVersion, VersionedAlert } from '../../ports/alert-store.js';
import { GRPC, grpcCodeOf, transientOr } from '../grpc-outcome.js';
import { timeText, updateTimeOf } from './update-time.js';

/** Answers to a failed precondition. */
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
    const writeId = randomUUID();
    try {
      const { writeTime } = await write(document, { ...state, writeId }, known);
      return timeText(writeTime) as AlertVersion;
    } catch (error) {
      if (LOST.has(grpcCodeOf(error))) return this.#ownVersion(document, writeId);
      throw transientOr(error, `write the alert ${state.condition}`);
    }
  }

  /** Firestore can commit a write and answer UNAVAILABLE; the client repeats it, and its precondition fails. */
  async #ownVersion(document: DocumentReference, writeId: string): Promise<AlertVersion | undefined> {
    try {
      const snapshot = await document.get();
      const isOwn = snapshot.get('writeId') === writeId && snapshot.updateTime !== undefined;
      return isOwn ? (timeText(snapshot.updateTime) as AlertVersion) : undefined;
    } catch (error) {
      throw transientOr(error, `read the alert ${document.id}`);
    }
  }

  #document(tenant: TenantId, condition: Condition): DocumentReference {
    return this.#firestore.doc(`tenants/${tenant}/alerts/${condition}`);
  }
}

/**
 * A write that changes nothing keeps the update time, so two writers of the same state would both succeed: the id makes every
 * write a change.
 */
function write(
  document: DocumentReference,
  content: AlertState & { readonly writeId: string },
  known: AlertVersion | undefined,
): Promise<WriteResult> {
  return known === undefined
    ? document.create({ ...content })
    : document.update({ ...content }, { lastUpdateTime: updateTimeOf(known) });
}
