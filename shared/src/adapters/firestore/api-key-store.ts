import {
  type DocumentData,
  type DocumentReference,
  type Firestore,
  Timestamp,
} from '@google-cloud/firestore';
import type { ApiKey, KeyId } from '../../domain/api-key.js';
import type { TenantId } from '../../domain/identity.js';
import type { ApiKeyStore, KeyChange } from '../../ports/api-key-store.js';
import { GRPC, grpcCodeOf, transientOr } from '../grpc-outcome.js';

/** A root collection, because a key is looked up before its tenant is known. No client may read it. */
const API_KEYS = 'apiKeys';

export class FirestoreApiKeyStore implements ApiKeyStore {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async create(key: ApiKey): Promise<boolean> {
    try {
      const { id, ...fields } = key;
      await this.#document(id).create(documentOf(fields));
      return true;
    } catch (error) {
      if (grpcCodeOf(error) === GRPC.alreadyExists) return false;
      throw transientOr(error, `create key ${key.id}`);
    }
  }

  async get(id: KeyId): Promise<ApiKey | undefined> {
    try {
      const data = (await this.#document(id).get()).data();
      return data && keyOf(id, data);
    } catch (error) {
      throw transientOr(error, `read key ${id}`);
    }
  }

  async list(tenant: TenantId): Promise<readonly ApiKey[]> {
    try {
      const { docs } = await this.#firestore.collection(API_KEYS).where('tenant', '==', tenant).get();
      const keys = docs.map((document) => keyOf(document.id as KeyId, document.data()));
      return keys.sort((one, other) => one.createdAt - other.createdAt);
    } catch (error) {
      throw transientOr(error, `read the keys of ${tenant}`);
    }
  }

  async update(id: KeyId, change: KeyChange): Promise<boolean> {
    try {
      await this.#document(id).update(documentOf(change));
      return true;
    } catch (error) {
      if (grpcCodeOf(error) === GRPC.notFound) return false;
      throw transientOr(error, `change key ${id}`);
    }
  }

  #document(id: KeyId): DocumentReference {
    return this.#firestore.collection(API_KEYS).doc(id);
  }
}

function documentOf(fields: Partial<ApiKey>): DocumentData {
  const stored = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'number' ? Timestamp.fromMillis(value) : value,
  ]);
  return Object.fromEntries(stored);
}

/** Not checked: only this class writes these documents. */
function keyOf(id: KeyId, data: DocumentData): ApiKey {
  const fields = Object.entries(data).map(([name, value]) => [
    name,
    value instanceof Timestamp ? value.toMillis() : value,
  ]);
  return { id, ...Object.fromEntries(fields) };
}
