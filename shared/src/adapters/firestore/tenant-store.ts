import {
  type DocumentReference,
  FieldValue,
  type Firestore,
  type QueryDocumentSnapshot,
} from '@google-cloud/firestore';
import { isTenantId, type TenantId } from '../../domain/identity.js';
import type { TenantDocument } from '../../domain/tenant.js';
import { standardLog } from '../../log.js';
import type { TenantDocuments, TenantStore } from '../../ports/tenant-store.js';
import { GRPC, grpcCodeOf, transientOr } from '../grpc-outcome.js';
import { parseTenant, SETTINGS } from '../tenant-document.js';
import { type FaultLog, readable } from '../unreadable.js';

const TENANTS = 'tenants';
/** Firestore's client repeats a listener after faults of the network. Other faults end it. */
const LISTEN_AGAIN_MS = 30_000;

export class FirestoreTenantStore implements TenantStore {
  readonly #firestore: Firestore;
  readonly #log: FaultLog;

  constructor(firestore: Firestore, log: FaultLog = standardLog) {
    this.#firestore = firestore;
    this.#log = log;
  }

  async list(): Promise<TenantDocuments> {
    try {
      const { docs } = await this.#firestore.collection(TENANTS).get();
      const tenants = new Map<TenantId, TenantDocument>();
      for (const snapshot of docs) this.#apply(tenants, snapshot);
      return tenants;
    } catch (error) {
      throw transientOr(error, 'read the tenants');
    }
  }

  watch(onChange: (tenants: TenantDocuments) => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    let stop = () => {};
    const listen = () => {
      const tenants = new Map<TenantId, TenantDocument>();
      stop = this.#firestore.collection(TENANTS).onSnapshot(
        (snapshot) => {
          for (const { doc, type } of snapshot.docChanges()) {
            if (type === 'removed') tenants.delete(doc.id as TenantId);
            else this.#apply(tenants, doc);
          }
          onChange(new Map(tenants));
        },
        (err) => {
          this.#log.error({ outcome: 'tenants-not-watched', err });
          timer = setTimeout(listen, LISTEN_AGAIN_MS).unref();
        },
      );
    };
    listen();
    return () => {
      clearTimeout(timer);
      stop();
    };
  }

  async create(tenant: TenantId, settings: TenantDocument): Promise<boolean> {
    try {
      await this.#document(tenant).create({ ...settings });
      return true;
    } catch (error) {
      if (grpcCodeOf(error) === GRPC.alreadyExists) return false;
      throw transientOr(error, `create tenant ${tenant}`);
    }
  }

  async replace(tenant: TenantId, settings: TenantDocument): Promise<boolean> {
    try {
      const fields = SETTINGS.map((field) => [field, settings[field] ?? FieldValue.delete()]);
      await this.#document(tenant).update(Object.fromEntries(fields));
      return true;
    } catch (error) {
      if (grpcCodeOf(error) === GRPC.notFound) return false;
      throw transientOr(error, `change tenant ${tenant}`);
    }
  }

  async remove(tenant: TenantId): Promise<boolean> {
    try {
      await this.#document(tenant).delete({ exists: true });
      return true;
    } catch (error) {
      if (grpcCodeOf(error) === GRPC.notFound) return false;
      throw transientOr(error, `remove tenant ${tenant}`);
    }
  }

  #document(tenant: TenantId): DocumentReference {
    return this.#firestore.collection(TENANTS).doc(tenant);
  }

  #apply(tenants: Map<TenantId, TenantDocument>, snapshot: QueryDocumentSnapshot): void {
    const { id, path } = snapshot.ref;
    if (!isTenantId(id)) return;
    const document = readable(path, () => parseTenant(snapshot.data()), this.#log);
    if (document === undefined) tenants.delete(id);
    else tenants.set(id, document);
  }
}
