/** Adapters of Google Cloud's services, and of the local stack's, which has the same interfaces. Each loads its client when it is made. */
import type { Config } from '@hangtag/shared/config.js';
import type { Tenant } from '@hangtag/shared/domain/tenant.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { CloudSqlDatabase } from '@hangtag/wardrobe/data/cloud-sql.js';
import type { WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import type { Adapters } from './adapters.js';
import { once } from './once.js';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

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
    ...modelAdapters(config, clock, objects),
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
    wardrobe: () => wardrobeOf(config),
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

/** Its packages are loaded by installations that have a database for it. */
export async function wardrobeOf(config: Config): Promise<WardrobeStore | undefined> {
  const place = wardrobeDatabaseOf(config);
  if (place === undefined) return undefined;
  const [{ WardrobeDatabase }, { WardrobeStore }] = await Promise.all([
    import('@hangtag/wardrobe/data/database.js'),
    import('@hangtag/wardrobe/data/wardrobe-store.js'),
  ]);
  return new WardrobeStore(await WardrobeDatabase.open(place));
}

/** On Cloud SQL, the user is by default that of the function `api`, as deploy/gcp makes it. */
export function wardrobeDatabaseOf(config: Config): string | CloudSqlDatabase | undefined {
  const { HANGTAG_CLOUD_SQL_INSTANCE: instance, HANGTAG_CLOUD_SQL_DATABASE: database } = config;
  if (instance === undefined) return config.HANGTAG_DATABASE_URL;
  const [project] = instance.split(':');
  return { instance, database, user: config.HANGTAG_CLOUD_SQL_USER ?? `hangtag-api@${project}.iam` };
}

/** Adapters that are the same everywhere: models on this machine's cores, alert channels, thumbnails, other services. */
export function modelAdapters(
  config: Config,
  clock: Clock,
  objects: () => Promise<ObjectStore>,
): Pick<
  Adapters,
  | 'models'
  | 'modelDigest'
  | 'modelStore'
  | 'thumbnailer'
  | 'notifiers'
  | 'documentSigner'
  | 'secondOpinion'
  | 'outfitRanking'
  | 'googleAccess'
> {
  const modelStore = once(async () => {
    const { modelStoreOf } = await import('./model-store.js');
    return modelStoreOf(config, objects);
  });
  return {
    modelStore,
    async models({ tenants, log, report, spare }) {
      const { openModelRegistry } = await import('@hangtag/shared/inference/model-registry.js');
      const { HANGTAG_MODEL_DIR, HANGTAG_ENGINE, HANGTAG_MAX_PIXELS, HANGTAG_MAX_BYTES } = config;
      return openModelRegistry({
        dir: HANGTAG_MODEL_DIR,
        store: modelStore,
        maxBytes: config.HANGTAG_MODEL_MEMORY_MIB * MIB,
        log,
        report,
        engine: HANGTAG_ENGINE,
        limits: { ...DEFAULT_LIMITS, maxPixels: HANGTAG_MAX_PIXELS, maxBytes: HANGTAG_MAX_BYTES },
        settingsOf: async (tenant) => settingsOf((await tenants()).of(tenant)),
        clock,
        spare,
      });
    },
    /** From the model's folder: a sweep does not load the model. */
    async modelDigest() {
      const { readModelRef } = await import('@hangtag/shared/inference/load-model.js');
      return (await readModelRef(config.HANGTAG_MODEL_DIR, config.HANGTAG_ENGINE)).sha256;
    },
    async secondOpinion() {
      const { secondOpinionOf } = await import('./second-opinion.js');
      return secondOpinionOf(config);
    },
    async outfitRanking() {
      if (config.HANGTAG_OUTFIT_RANKING === 'off') return undefined;
      const { outfitRankingOf } = await import('./outfit-ranking.js');
      return outfitRankingOf(config);
    },
    async googleAccess() {
      const { HANGTAG_GOOGLE_CLIENT_ID: clientId, HANGTAG_GOOGLE_CLIENT_SECRET: clientSecret } = config;
      const { HANGTAG_TOKEN_KEY: key, HANGTAG_GOOGLE_URL: url } = config;
      if (clientId === undefined || clientSecret === undefined || key === undefined) return undefined;
      const [{ GoogleCalendar }, { sealWith }] = await Promise.all([
        import('@hangtag/wardrobe/calendar/google-calendar.js'),
        import('@hangtag/wardrobe/calendar/sealed-token.js'),
      ]);
      const seal = sealWith(key, () => clock.now());
      return { calendar: new GoogleCalendar({ clientId, clientSecret, url }), seal };
    },
    async thumbnailer() {
      const { IsolatedThumbnailer } = await import('@hangtag/shared/inference/isolated-thumbnailer.js');
      return new IsolatedThumbnailer();
    },
    async notifiers() {
      const { notifiersOf } = await import('./notifiers.js');
      return notifiersOf(config, clock);
    },
    /** A local server makes a key of its own. */
    async documentSigner() {
      const { HANGTAG_SIGNING_KEY: key, HANGTAG_API_ACCESS: access } = config;
      if (key === undefined && access !== 'local') return undefined;
      const { documentSigner, newSigningKey } = await import(
        '@hangtag/shared/adapters/jose/document-signer.js'
      );
      return documentSigner(key ?? (await newSigningKey()));
    },
  };
}

function settingsOf({ thresholds, features, models }: Tenant) {
  return {
    policy: thresholds,
    keepsEmbedding: features.includes('embeddings'),
    extras: {
      // All members of a tenant can read its thumbnails, so private images have none.
      withThumbnail: features.includes('thumbnails') && !features.includes('wardrobe'),
      withPalette: features.includes('palette'),
      withVector: features.includes('similar'),
      withHeat: features.includes('heatmap'),
    },
    models,
  };
}
