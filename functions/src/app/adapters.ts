/**
 * The adapters of an application: one function for each port, which makes its adapter. The cloud, the local stack, the embedded
 * stack, tools and tests have different adapters. `createApp` calls each function at most once, when the port is first needed.
 */
import type { SpareWorker } from '@hangtag/shared/inference/isolation/worker-process.js';
import type { ModelReport } from '@hangtag/shared/inference/model-changes.js';
import type { Logger } from '@hangtag/shared/log.js';
import type { AlertStore } from '@hangtag/shared/ports/alert-store.js';
import type { ApiKeyStore } from '@hangtag/shared/ports/api-key-store.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { DocumentSigner } from '@hangtag/shared/ports/document-signer.js';
import type { ErasureStore } from '@hangtag/shared/ports/erasure-store.js';
import type { FileStore } from '@hangtag/shared/ports/file-store.js';
import type { IdTokens } from '@hangtag/shared/ports/id-tokens.js';
import type { ImageCatalog } from '@hangtag/shared/ports/image-catalog.js';
import type { KnownModels } from '@hangtag/shared/ports/known-models.js';
import type { LearningRuns } from '@hangtag/shared/ports/learning-runs.js';
import type { ModelRegistry } from '@hangtag/shared/ports/model-registry.js';
import type { ModelStore } from '@hangtag/shared/ports/model-store.js';
import type { Notifier } from '@hangtag/shared/ports/notifier.js';
import type { ObjectCopier } from '@hangtag/shared/ports/object-copier.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import type { RequestShares } from '@hangtag/shared/ports/request-shares.js';
import type { RolloutStore } from '@hangtag/shared/ports/rollout-store.js';
import type { OpinionLedger, SecondOpinion } from '@hangtag/shared/ports/second-opinion.js';
import type { SimilarItems } from '@hangtag/shared/ports/similar-items.js';
import type { Spending } from '@hangtag/shared/ports/spending.js';
import type { SweepStore } from '@hangtag/shared/ports/sweep-store.js';
import type { TenantStore } from '@hangtag/shared/ports/tenant-store.js';
import type { Thumbnailer } from '@hangtag/shared/ports/thumbnailer.js';
import type { UrlSigner } from '@hangtag/shared/ports/url-signer.js';
import type { WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import type { GoogleAccess } from '../wardrobe/google-link.js';
import type { AskRanking } from '../wardrobe/rank-outfits.js';
import type { Tenants } from './tenants.js';

export interface Ports {
  readonly records: RecordStore;
  readonly objects: ObjectStore;
  readonly publisher: Publisher;
  readonly models: ModelRegistry;
  /** Hexadecimal SHA-256 of the weights of the installation's model, without loading them. */
  readonly modelDigest: string;
  readonly modelStore: ModelStore;
  readonly tenantStore: TenantStore;
  readonly rollouts: RolloutStore;
  readonly knownModels: KnownModels;
  readonly learningRuns: LearningRuns;
  readonly sweeps: SweepStore;
  readonly spending: Spending;
  readonly copier: ObjectCopier;
  readonly dayRecords: DayRecords;
  readonly reportArchive: ReportArchive;
  readonly reportFiles: FileStore;
  readonly thumbnailer: Thumbnailer;
  readonly alertStore: AlertStore;
  readonly notifiers: readonly Notifier[];
  readonly erasures: ErasureStore;
  readonly apiKeys: ApiKeyStore;
  readonly requestShares: RequestShares;
  readonly idTokens: IdTokens;
  readonly catalog: ImageCatalog;
  readonly similar: SimilarItems;
  readonly signer: UrlSigner;
  /** Undefined if the installation has no database. */
  readonly wardrobe: WardrobeStore | undefined;
  /** Undefined if the installation has no client of Google. */
  readonly googleAccess: GoogleAccess | undefined;
  /** Undefined if no vision model is asked. */
  readonly secondOpinion: SecondOpinion | undefined;
  readonly opinionLedger: OpinionLedger;
  /** Undefined if no language model ranks outfits. */
  readonly outfitRanking: AskRanking | undefined;
  /** Undefined if there is no key. */
  readonly documentSigner: DocumentSigner | undefined;
}

export interface ModelNeeds {
  readonly tenants: () => Promise<Tenants>;
  readonly log: Logger;
  readonly report: ModelReport;
  /** Becomes the first worker of the model. */
  readonly spare?: SpareWorker | undefined;
}

export type Adapters = { readonly [P in Exclude<keyof Ports, 'models'>]: () => Promise<Ports[P]> } & {
  /** The tenants are read when an image needs them, so that the model loads meanwhile. */
  readonly models: (needs: ModelNeeds) => Promise<ModelRegistry>;
};
