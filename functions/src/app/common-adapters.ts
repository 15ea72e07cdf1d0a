/** Adapters that are the same with every database: models on this machine's cores, alert channels, thumbnails, other services. */
import type { Config } from '@hangtag/shared/config.js';
import type { Tenant } from '@hangtag/shared/domain/tenant.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { CloudSqlDatabase } from '@hangtag/wardrobe/data/cloud-sql.js';
import type { WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import type { Adapters } from './adapters.js';
import { once } from './once.js';

const MIB = 1024 * 1024;

export function commonAdapters(
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
  | 'wardrobe'
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
    wardrobe: () => wardrobeOf(config),
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

/** Its packages are loaded by installations that have a database for it. */
async function wardrobeOf(config: Config): Promise<WardrobeStore | undefined> {
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
