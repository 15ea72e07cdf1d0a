import { FieldPath, FieldValue, type Firestore, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import type { ImageId, TenantId } from '../../domain/identity.js';
import { standardLog } from '../../log.js';
import {
  type ErasureAudit,
  type ErasureStore,
  OWNED_FIELDS,
  type OwnedRecord,
} from '../../ports/erasure-store.js';
import { transientOr } from '../grpc-outcome.js';
import type { FaultLog } from '../unreadable.js';
import { readSnapshot } from './record-document.js';
import { IMAGES, versionOf } from './record-store.js';

const PAGE_SIZE = 300;

export class FirestoreErasureStore implements ErasureStore {
  readonly #firestore: Firestore;
  readonly #log: FaultLog;

  constructor(firestore: Firestore, log: FaultLog = standardLog) {
    this.#firestore = firestore;
    this.#log = log;
  }

  async *owned(tenant: TenantId, owner: string): AsyncIterable<OwnedRecord> {
    let page = await this.#page(tenant, owner);
    while (page.length > 0) {
      for (const snapshot of page) {
        const key = { tenant, imageId: snapshot.id as ImageId };
        const record = readSnapshot(snapshot, OWNED_FIELDS, this.#log);
        if (record !== undefined) yield { key, record, version: versionOf(snapshot.updateTime) };
      }
      page = await this.#page(tenant, owner, page.at(-1)?.id);
    }
  }

  async audit(tenant: TenantId, erasure: ErasureAudit): Promise<void> {
    try {
      const entry = { kind: 'erasure', ...erasure, at: FieldValue.serverTimestamp() };
      await this.#firestore.collection(`tenants/${tenant}/audits`).add(entry);
    } catch (error) {
      throw transientOr(error, 'write the audit of an erasure');
    }
  }

  /** Continues after an id and not after a document, because that document has been erased and no longer matches the query. */
  async #page(tenant: TenantId, owner: string, after?: string): Promise<readonly QueryDocumentSnapshot[]> {
    const all = this.#firestore
      .collection(`tenants/${tenant}/${IMAGES}`)
      .where('owner', '==', owner)
      .orderBy(FieldPath.documentId())
      .limit(PAGE_SIZE);
    try {
      return (await (after === undefined ? all : all.startAfter(after)).get()).docs;
    } catch (error) {
      throw transientOr(error, 'look up the records of an owner');
    }
  }
}
