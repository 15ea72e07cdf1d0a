/** The documents of the extension "Label Images with Cloud Vision AI", for clients that read them: docs/from-label-images.md. */
import { createRequire } from 'node:module';
import { fieldsIn } from '@hangtag/shared/adapters/firestore/record-document.js';
import { isErased } from '@hangtag/shared/domain/erasure.js';
import { ConfigError } from '@hangtag/shared/errors.js';
import { once } from '../app/once.js';
import { isCollection } from './collection-path.js';
import type { Declaration } from './declare.js';

const require = createRequire(import.meta.url);

export interface ImageLabels {
  /** The extension's COLLECTION_PATH. */
  readonly collection: string;
  /** The extension's LABEL_MODE: texts, or annotations with a description and a score. Default: basic. */
  readonly mode?: 'basic' | 'full';
}

const FIELDS = ['status', 'bucket', 'name', 'labels'] as const;

/** @throws {ConfigError} */
export function checkImageLabels({ collection, mode = 'basic' }: ImageLabels): void {
  if (isCollection(collection) && ['basic', 'full'].includes(mode)) return;
  const received = JSON.stringify({ collection, mode });
  throw new ConfigError(
    `Expected imageLabels with the path of a collection outside of tenants, and the mode basic or full, but received ${received}`,
  );
}

/**
 * Writes a document whenever the record of a labelled image changes, and removes it if the image is erased. Both have the same id. Events
 * are repeated and come in any order, so the record is read: that of the event may be older.
 */
export function declareImageLabels({ collection, mode = 'basic' }: ImageLabels, region: string): Declaration {
  // Only this function needs Firestore's events.
  const {
    onDocumentWritten,
  }: typeof import('firebase-functions/v2/firestore') = require('firebase-functions/v2/firestore');
  const firestore = once(async () => {
    const { openFirestore } = await import('@hangtag/shared/adapters/firestore/client.js');
    return openFirestore();
  });
  const options = { document: 'tenants/{tenant}/images/{image}', region, retry: true } as const;
  return onDocumentWritten(options, async ({ params: { tenant, image } }) => {
    const store = await firestore();
    const [record, written] = [
      store.doc(`tenants/${tenant}/images/${image}`),
      store.doc(`${collection}/${image}`),
    ];
    await store.runTransaction(async (transaction) => {
      const document = (await transaction.get(record)).data();
      if (document === undefined) return;
      const { status, bucket, name, labels } = fieldsIn(document, FIELDS);
      if (isErased({ name })) transaction.delete(written);
      if (status !== 'done' && status !== 'review') return;
      transaction.set(written, {
        file: `gs://${bucket}/${name}`,
        labels: labels.map(({ label, score }) => (mode === 'basic' ? label : { description: label, score })),
      });
    });
  });
}
