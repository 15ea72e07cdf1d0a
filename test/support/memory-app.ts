/** An application with memory adapters. A test may replace the adapters and settings; the rest is production code. */
import type { Adapters } from '@hangtag/functions/app/adapters.js';
import { type App, createApp } from '@hangtag/functions/app/app.js';
import { commonAdapters } from '@hangtag/functions/app/common-adapters.js';
import { EmulatorIdTokens } from '@hangtag/shared/adapters/firebase/id-tokens.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { GcsUrlSigner, throwAwayCredentials } from '@hangtag/shared/adapters/gcs/url-signer.js';
import { MemoryAlertStore } from '@hangtag/shared/adapters/memory/alert-store.js';
import { MemoryApiKeyStore } from '@hangtag/shared/adapters/memory/api-key-store.js';
import { MemoryDayRecords } from '@hangtag/shared/adapters/memory/day-records.js';
import { MemoryErasureStore } from '@hangtag/shared/adapters/memory/erasure-store.js';
import { MemoryFileStore } from '@hangtag/shared/adapters/memory/file-store.js';
import { MemoryImageCatalog } from '@hangtag/shared/adapters/memory/image-catalog.js';
import { MemoryKnownModels } from '@hangtag/shared/adapters/memory/known-models.js';
import { MemoryLearningRuns } from '@hangtag/shared/adapters/memory/learning-runs.js';
import { MemoryObjectCopier } from '@hangtag/shared/adapters/memory/object-copier.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { MemoryOpinionLedger } from '@hangtag/shared/adapters/memory/opinion-ledger.js';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemoryReportArchive } from '@hangtag/shared/adapters/memory/report-archive.js';
import { MemoryRequestShares } from '@hangtag/shared/adapters/memory/request-shares.js';
import { MemoryRolloutStore } from '@hangtag/shared/adapters/memory/rollout-store.js';
import { MemorySimilarItems } from '@hangtag/shared/adapters/memory/similar-items.js';
import { MemorySpending } from '@hangtag/shared/adapters/memory/spending.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import { MemoryTenantStore } from '@hangtag/shared/adapters/memory/tenant-store.js';
import { type Config, parseConfig } from '@hangtag/shared/config.js';
import { createLog, type Logger } from '@hangtag/shared/log.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { OutgoingMessage } from '@hangtag/shared/ports/publisher.js';
import { MODEL } from '../fixtures/records.js';
import { oneModel } from './one-model.js';

export interface MemoryAppOptions {
  readonly clock: Clock;
  readonly classifier: Classifier;
  /** `HANGTAG_*` variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Parsed, instead of `env`. */
  readonly config?: Config;
  /** Receives the lines instead of `lines`. */
  readonly log?: Logger;
  /** Replaces memory adapters. */
  readonly adapters?: Partial<Adapters>;
  readonly onPublish?: (topic: string, message: OutgoingMessage) => void;
}

export interface MemoryApp {
  readonly app: App;
  readonly objects: MemoryObjectStore;
  readonly records: MemoryRecordStore;
  readonly sweeps: MemorySweepStore;
  readonly keys: MemoryApiKeyStore;
  readonly tenants: MemoryTenantStore;
  /** Log lines, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export function memoryApp({ clock, classifier, env = {}, ...options }: MemoryAppOptions): MemoryApp {
  const { config = parseConfig(env) } = options;
  const objects = new MemoryObjectStore(clock, [config.HANGTAG_BUCKET]);
  const records = new MemoryRecordStore(clock);
  const sweeps = new MemorySweepStore();
  const keys = new MemoryApiKeyStore();
  const tenants = new MemoryTenantStore();
  const known = new MemoryKnownModels(clock);
  const learningRuns = new MemoryLearningRuns();
  const lines: Record<string, unknown>[] = [];
  const { log = createLog({ write: (line) => void lines.push(JSON.parse(line)) }) } = options;
  const common = commonAdapters(config, clock, async () => objects);
  const adapters: Adapters = {
    records: async () => records,
    objects: async () => objects,
    publisher: async () => new MemoryPublisher(options.onPublish ?? (() => undefined)),
    models: async () => oneModel(classifier),
    modelDigest: async () => MODEL.sha256,
    tenantStore: async () => tenants,
    rollouts: async () => new MemoryRolloutStore(tenants, clock),
    knownModels: async () => known,
    learningRuns: async () => learningRuns,
    wardrobe: async () => undefined,
    googleAccess: common.googleAccess,
    secondOpinion: async () => undefined,
    outfitRanking: common.outfitRanking,
    opinionLedger: async () => new MemoryOpinionLedger(),
    modelStore: common.modelStore,
    sweeps: async () => sweeps,
    spending: async () => new MemorySpending(records),
    copier: async () => new MemoryObjectCopier(objects),
    dayRecords: async () => new MemoryDayRecords(records),
    reportArchive: async () => new MemoryReportArchive(clock),
    reportFiles: async () => new MemoryFileStore(objects, config.HANGTAG_BUCKET),
    thumbnailer: async () => ({ thumbnail: async () => new Uint8Array(), close: async () => undefined }),
    alertStore: async () => new MemoryAlertStore(),
    notifiers: async () => [],
    erasures: async () => new MemoryErasureStore(records),
    apiKeys: async () => keys,
    requestShares: async () => new MemoryRequestShares(),
    idTokens: async () => new EmulatorIdTokens({ projectId: 'demo-hangtag', clock }),
    catalog: async () => new MemoryImageCatalog(records),
    similar: async () => new MemorySimilarItems(records),
    signer: async () => {
      const client = storageClient({ ...throwAwayCredentials(), apiEndpoint: 'http://127.0.0.1:1' });
      return new GcsUrlSigner(client.bucket(config.HANGTAG_BUCKET));
    },
    documentSigner: common.documentSigner,
    ...options.adapters,
  };
  return { app: createApp({ config, log, clock }, adapters), objects, records, sweeps, keys, tenants, lines };
}
