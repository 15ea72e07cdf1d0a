/** Adapters of the embedded stack. All data is in this process's memory, except objects and files: the bucket server stores them. */
import type { Storage } from '@google-cloud/storage';
import type { Adapters } from '@hangtag/functions/app/adapters.js';
import { commonAdapters } from '@hangtag/functions/app/common-adapters.js';
import { EmulatorIdTokens } from '@hangtag/shared/adapters/firebase/id-tokens.js';
import { GcsFileStore } from '@hangtag/shared/adapters/gcs/file-store.js';
import { GcsObjectCopier } from '@hangtag/shared/adapters/gcs/object-copier.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { GcsUrlSigner, throwAwayCredentials } from '@hangtag/shared/adapters/gcs/url-signer.js';
import { MemoryAlertStore } from '@hangtag/shared/adapters/memory/alert-store.js';
import { MemoryApiKeyStore } from '@hangtag/shared/adapters/memory/api-key-store.js';
import { MemoryDayRecords } from '@hangtag/shared/adapters/memory/day-records.js';
import { MemoryErasureStore } from '@hangtag/shared/adapters/memory/erasure-store.js';
import { MemoryImageCatalog } from '@hangtag/shared/adapters/memory/image-catalog.js';
import { MemoryKnownModels } from '@hangtag/shared/adapters/memory/known-models.js';
import { MemoryLearningRuns } from '@hangtag/shared/adapters/memory/learning-runs.js';
import { MemoryOpinionLedger } from '@hangtag/shared/adapters/memory/opinion-ledger.js';
import type { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import type { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemoryReportArchive } from '@hangtag/shared/adapters/memory/report-archive.js';
import { MemoryRequestShares } from '@hangtag/shared/adapters/memory/request-shares.js';
import { MemoryRolloutStore } from '@hangtag/shared/adapters/memory/rollout-store.js';
import { MemorySimilarItems } from '@hangtag/shared/adapters/memory/similar-items.js';
import { MemorySpending } from '@hangtag/shared/adapters/memory/spending.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import { MemoryTenantStore } from '@hangtag/shared/adapters/memory/tenant-store.js';
import type { Config } from '@hangtag/shared/config.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import { PROJECT } from '../start/stack-plan.js';

export interface EmbeddedParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly records: MemoryRecordStore;
  readonly publisher: MemoryPublisher;
  /** Client of the bucket server. */
  readonly storage: Storage;
}

export function memoryAdapters({ config, clock, records, publisher, storage }: EmbeddedParts): Adapters {
  const reportBucket = config.HANGTAG_REPORT_BUCKET ?? config.HANGTAG_BUCKET;
  const objects = async () => new GcsObjectStore(storage);
  const tenants = new MemoryTenantStore();
  const known = new MemoryKnownModels(clock);
  const learningRuns = new MemoryLearningRuns();
  const opinionLedger = new MemoryOpinionLedger();
  return {
    ...commonAdapters(config, clock, objects),
    records: async () => records,
    publisher: async () => publisher,
    objects,
    copier: async () => new GcsObjectCopier(storage),
    reportFiles: async () => new GcsFileStore(storage.bucket(reportBucket)),
    requestShares: async () => new MemoryRequestShares(),
    tenantStore: async () => tenants,
    rollouts: async () => new MemoryRolloutStore(tenants, clock),
    knownModels: async () => known,
    learningRuns: async () => learningRuns,
    opinionLedger: async () => opinionLedger,
    sweeps: async () => new MemorySweepStore(),
    spending: async () => new MemorySpending(records),
    dayRecords: async () => new MemoryDayRecords(records),
    reportArchive: async () => new MemoryReportArchive(clock),
    alertStore: async () => new MemoryAlertStore(),
    erasures: async () => new MemoryErasureStore(records),
    apiKeys: async () => new MemoryApiKeyStore(),
    idTokens: async () => new EmulatorIdTokens({ projectId: PROJECT, clock }),
    catalog: async () => new MemoryImageCatalog(records),
    similar: async () => new MemorySimilarItems(records),
    signer: async () => {
      const client = storageClient({ ...throwAwayCredentials(), apiEndpoint: storage.apiEndpoint });
      return new GcsUrlSigner(client.bucket(config.HANGTAG_BUCKET));
    },
  };
}
