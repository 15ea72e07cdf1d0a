/** Adapters of Google Cloud's services, and of the local stack's, which has the same interfaces. Each loads its client when it is made. */
import type { Config } from '@hangtag/shared/config.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { Adapters } from './adapters.js';
import { commonAdapters } from './common-adapters.js';
import { once } from './once.js';

const DAY_MS = 86_400_000;

export function cloudAdapters(config: Config, clock: Clock): Adapters {
  const firestore = once(async () => {
    const { openFirestore } = await import('@hangtag/shared/adapters/firestore/client.js');
    return openFirestore();
  });
  const shards = { shards: config.HANGTAG_INDEX_SHARDS };
  const storage = once(async () => {
    const { storageClient } = await import('@hangtag/shared/adapters/gcs/storage-client.js');
    return storageClient();
  });
  const objects = async () => {
    const { GcsObjectStore } = await import('@hangtag/shared/adapters/gcs/object-store.js');
    return new GcsObjectStore(await storage());
  };
  return {
    ...commonAdapters(config, clock, objects),
    objects,
    async rollouts() {
      const { FirestoreRolloutStore } = await import('@hangtag/shared/adapters/firestore/rollout-store.js');
      return new FirestoreRolloutStore(await firestore());
    },
    async knownModels() {
      const { FirestoreKnownModels } = await import('@hangtag/shared/adapters/firestore/known-models.js');
      return new FirestoreKnownModels(await firestore());
    },
    async learningRuns() {
      const { FirestoreLearningRuns } = await import('@hangtag/shared/adapters/firestore/learning-runs.js');
      return new FirestoreLearningRuns(await firestore());
    },
    async opinionLedger() {
      const { FirestoreOpinionLedger } = await import('@hangtag/shared/adapters/firestore/opinion-ledger.js');
      return new FirestoreOpinionLedger(await firestore());
    },
    async records() {
      const { FirestoreRecordStore } = await import('@hangtag/shared/adapters/firestore/record-store.js');
      return new FirestoreRecordStore(
        await firestore(),
        config.HANGTAG_RECORD_RETENTION_DAYS * DAY_MS,
        shards,
      );
    },
    async publisher() {
      const [{ PubSub }, { PubSubPublisher }] = await Promise.all([
        import('@hangtag/shared/adapters/pubsub/client.js'),
        import('@hangtag/shared/adapters/pubsub/publisher.js'),
      ]);
      return new PubSubPublisher(new PubSub());
    },
    async tenantStore() {
      const { FirestoreTenantStore } = await import('@hangtag/shared/adapters/firestore/tenant-store.js');
      return new FirestoreTenantStore(await firestore());
    },
    async sweeps() {
      const { FirestoreSweepStore } = await import('@hangtag/shared/adapters/firestore/sweep-store.js');
      return new FirestoreSweepStore(await firestore());
    },
    async spending() {
      const { FirestoreSpending } = await import('@hangtag/shared/adapters/firestore/spending.js');
      return new FirestoreSpending(await firestore(), shards);
    },
    async copier() {
      const { GcsObjectCopier } = await import('@hangtag/shared/adapters/gcs/object-copier.js');
      return new GcsObjectCopier(await storage());
    },
    async dayRecords() {
      const { FirestoreDayRecords } = await import('@hangtag/shared/adapters/firestore/day-records.js');
      return new FirestoreDayRecords(await firestore(), shards);
    },
    async reportArchive() {
      const { FirestoreReportArchive } = await import('@hangtag/shared/adapters/firestore/report-archive.js');
      return new FirestoreReportArchive(await firestore());
    },
    async reportFiles() {
      const { GcsFileStore } = await import('@hangtag/shared/adapters/gcs/file-store.js');
      return new GcsFileStore(
        (await storage()).bucket(config.HANGTAG_REPORT_BUCKET ?? config.HANGTAG_BUCKET),
      );
    },
    async alertStore() {
      const { FirestoreAlertStore } = await import('@hangtag/shared/adapters/firestore/alert-store.js');
      return new FirestoreAlertStore(await firestore());
    },
    async erasures() {
      const { FirestoreErasureStore } = await import('@hangtag/shared/adapters/firestore/erasure-store.js');
      return new FirestoreErasureStore(await firestore());
    },
    async apiKeys() {
      const { FirestoreApiKeyStore } = await import('@hangtag/shared/adapters/firestore/api-key-store.js');
      return new FirestoreApiKeyStore(await firestore());
    },
    async requestShares() {
      const { FirestoreRequestShares } = await import('@hangtag/shared/adapters/firestore/request-shares.js');
      return new FirestoreRequestShares(await firestore());
    },
    async idTokens() {
      const { idTokensOf } = await import('./id-tokens.js');
      return idTokensOf(config, clock);
    },
    async catalog() {
      const { FirestoreImageCatalog } = await import('@hangtag/shared/adapters/firestore/image-catalog.js');
      return new FirestoreImageCatalog(await firestore(), shards);
    },
    async similar() {
      const { FirestoreSimilarItems } = await import('@hangtag/shared/adapters/firestore/similar-items.js');
      return new FirestoreSimilarItems(await firestore());
    },
    async signer() {
      const [{ GcsUrlSigner, throwAwayCredentials }, { storageClient }] = await Promise.all([
        import('@hangtag/shared/adapters/gcs/url-signer.js'),
        import('@hangtag/shared/adapters/gcs/storage-client.js'),
      ]);
      const isLocal = process.env['STORAGE_EMULATOR_HOST'] !== undefined;
      const client = isLocal ? storageClient(throwAwayCredentials()) : await storage();
      return new GcsUrlSigner(client.bucket(config.HANGTAG_BUCKET));
    },
  };
}
