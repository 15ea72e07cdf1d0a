import { ALERT_SECRETS, type SecretKey, SIGNING_SECRETS, WARDROBE_SECRETS } from '@hangtag/shared/config.js';
import { INSTANCES } from '@hangtag/shared/domain/cost.js';

/** What an instance of a function may use, by kind of work. `firebase deploy`, the topology file and the local stack read it. */
export interface Resources {
  readonly memory: '256MiB' | '512MiB' | '1GiB' | '2GiB';
  readonly cpu: number;
  /** Concurrent events of an instance. */
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly maxInstances: number;
  /** The keys of the configuration that the function gets from Secret Manager. */
  readonly secrets: readonly SecretKey[];
  /** Decodes untrusted images, which may crash its process. The local stack runs such functions in a separate process. */
  readonly decodesImages: boolean;
}

/** The number of instances that can hold a share of a daily limit: see spend/guard. */
export const INGEST_INSTANCES = 100;

/** Event handlers that wait for other services most of the time. */
export const LIGHT: Resources = {
  memory: '256MiB',
  cpu: 1,
  concurrency: 40,
  timeoutSeconds: 60,
  maxInstances: 20,
  secrets: [],
  decodesImages: false,
};

/**
 * One event at a time on a part of a core: up to some millions of events a month, this is the cheapest size. It is computed from
 * measurements by `npm run bench -- --only sizing`. A test fails if it is not the one of the committed measurement.
 */
export const RECORDING: Resources = { ...LIGHT, cpu: INSTANCES.ingest.cores, concurrency: 1 };

/** One image at a time, for the same reason. Its memory holds the worst picture: docs/memory.md. */
export const LABELLING: Resources = {
  memory: '1GiB',
  cpu: INSTANCES.classify.cores,
  concurrency: 1,
  timeoutSeconds: 60,
  maxInstances: 100,
  secrets: ALERT_SECRETS,
  decodesImages: true,
};

/** Two decoders on two cores, which a backlog keeps busy; more concurrent images would only wait inside the instance. */
export const LABELLING_BACKLOG: Resources = {
  ...LABELLING,
  cpu: INSTANCES.classifyBackfill.cores,
  concurrency: 8,
  maxInstances: INSTANCES.classifyBackfill.most,
};

/** Requests of the API: most of them wait for an image, and it refuses what its queue cannot take. */
export const ANSWERING: Resources = {
  ...LABELLING_BACKLOG,
  concurrency: 80,
  maxInstances: 20,
  secrets: [...ALERT_SECRETS, ...SIGNING_SECRETS, ...WARDROBE_SECRETS],
};

/** One at a time. Its time budget ends well before the timeout. */
export const ALONE: Resources = {
  memory: '512MiB',
  cpu: 1,
  concurrency: 1,
  timeoutSeconds: 1_800,
  maxInstances: 1,
  secrets: ALERT_SECRETS,
  decodesImages: false,
};

/**
 * One run of learning at a time: a thread that fits, and two worker processes that decode. The folder of the model is in memory. An
 * event may take nine minutes.
 */
export const LEARNING: Resources = {
  memory: '2GiB',
  cpu: 2,
  concurrency: 1,
  timeoutSeconds: 540,
  maxInstances: 3,
  secrets: [],
  decodesImages: false,
};
