import {
  FieldPath,
  FieldValue,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
  type WhereFilterOp,
} from '@google-cloud/firestore';
import { ERASED_PERSON } from '../../domain/erasure.js';
import type { ImageId, TenantId } from '../../domain/identity.js';
import { standardLog } from '../../log.js';
import {
  type ErasureAudit,
  type ErasureStore,
  OWNED_FIELDS,
  type OwnedRecord,
} from '../../ports/erasure-store.js';
import { GRPC, grpcCodeOf, transientOr } from '../grpc-outcome.js';
import type { FaultLog } from '../unreadable.js';
import { readSnapshot } from './record-document.js';
import { IMAGES, versionOf } from './record-store.js';

const PAGE_SIZE = 300;
/** Firestore accepts so many values in one `in`. */
const IMAGES_AT_ONCE = 30;

/** Where documents of a tenant name a person. The documents of a `removed` collection are about nothing else. */
const MENTIONS: readonly {
  readonly collection: string;
  readonly field: string;
  readonly names?: WhereFilterOp;
  readonly removed?: true;
}[] = [
  { collection: IMAGES, field: 'correction.by' },
  // The second answer has to be of another person than the first: without the first, that could not be checked.
  { collection: 'answers', field: 'by' },
  { collection: 'rollouts', field: 'by' },
  { collection: 'models', field: 'addedBy' },
  { collection: 'controls', field: 'by', removed: true },
  { collection: 'claims', field: 'by', removed: true },
  { collection: 'learning', field: 'by', removed: true },
  { collection: 'learning', field: 'trusted', names: 'array-contains', removed: true },
  { collection: 'learning', field: 'reviewers', names: 'array-contains', removed: true },
];

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

  async removeReviews(tenant: TenantId, images: readonly ImageId[]): Promise<void> {
    const at = (path: string) => this.#firestore.collection(`tenants/${tenant}/${path}`);
    try {
      for (let from = 0; from < images.length; from += IMAGES_AT_ONCE) {
        const some = images.slice(from, from + IMAGES_AT_ONCE);
        for (const collection of ['answers', 'controls'])
          await eachPage(at(collection).where('image', 'in', some), ({ ref }) => ref.delete());
        await Promise.all(some.map((image) => at('claims').doc(image).delete()));
      }
      await this.#removeSuspects(tenant, new Set(images));
    } catch (error) {
      throw transientOr(error, 'remove the reviews of erased images');
    }
  }

  async countMentions(tenant: TenantId, person: string): Promise<number> {
    const counts = MENTIONS.map(async (mention) =>
      (await this.#mentioning(tenant, person, mention).count().get()).data(),
    );
    try {
      return (await Promise.all(counts)).reduce((sum, { count }) => sum + count, 0);
    } catch (error) {
      throw transientOr(error, 'count the documents that name a person');
    }
  }

  async eraseMentions(tenant: TenantId, person: string): Promise<void> {
    try {
      for (const mention of MENTIONS)
        await eachPage(this.#mentioning(tenant, person, mention), ({ ref, updateTime: lastUpdateTime }) =>
          mention.removed
            ? ref.delete({ lastUpdateTime })
            : ref.update({ [mention.field]: ERASED_PERSON }, { lastUpdateTime }),
        );
    } catch (error) {
      throw transientOr(error, 'erase a person from documents');
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

  #mentioning(
    tenant: TenantId,
    person: string,
    { collection, field, names = '==' }: (typeof MENTIONS)[number],
  ): Query {
    return this.#firestore.collection(`tenants/${tenant}/${collection}`).where(field, names, person);
  }

  async #removeSuspects(tenant: TenantId, erased: ReadonlySet<string>): Promise<void> {
    const document = this.#firestore.doc(`tenants/${tenant}/queues/suspects`);
    await this.#firestore.runTransaction(async (transaction) => {
      const images: unknown = (await transaction.get(document)).get('images');
      if (!Array.isArray(images)) return;
      const kept = images.filter((image) => !erased.has(image?.imageId));
      if (kept.length < images.length) transaction.update(document, { images: kept });
    });
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

/** Until no document matches: each write ends that its document does. A document that changed meanwhile is read and written again. */
async function eachPage(
  matching: Query,
  write: (snapshot: QueryDocumentSnapshot) => Promise<unknown>,
): Promise<void> {
  for (;;) {
    const { docs } = await matching.limit(PAGE_SIZE).get();
    if (docs.length === 0) return;
    await Promise.all(
      docs.map((snapshot) =>
        write(snapshot).catch((error: unknown) => {
          const code = grpcCodeOf(error);
          if (code !== GRPC.failedPrecondition && code !== GRPC.notFound) throw error;
        }),
      ),
    );
  }
}
