/** The ports of each function of an application, and how they are made of the configuration and the adapters. */
import type { Config } from '@hangtag/shared/config.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import type { Logger } from '@hangtag/shared/log.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { DocumentSigner } from '@hangtag/shared/ports/document-signer.js';
import type { ModelRegistry } from '@hangtag/shared/ports/model-registry.js';
import type { RequestShares } from '@hangtag/shared/ports/request-shares.js';
import type { WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import type { HeartbeatPorts } from '../alerts/heartbeat.js';
import { sendTenantModelAlert } from '../alerts/model-alert.js';
import type { AlertPorts } from '../alerts/send-alerts.js';
import type { CredentialPorts } from '../api/authenticate.js';
import type { ImagePorts } from '../api/image-ports.js';
import type { ClassifyPorts } from '../classify/handler.js';
import type { DeadLetterPorts } from '../dead-letter/handler.js';
import type { ErasePorts } from '../erase/handler.js';
import type { IngestPorts } from '../ingest/handler.js';
import { SurgeLanes, TenantUse } from '../ingest/lanes.js';
import type { KeyPorts } from '../keys/handler.js';
import type { LearnPorts } from '../learn/handler.js';
import type { StartPorts } from '../learn/start-run.js';
import type { RolloutPorts } from '../models/handler.js';
import type { OpinionPorts } from '../opinion/handler.js';
import type { OrganisePorts } from '../organise/handler.js';
import { INGEST_INSTANCES } from '../platform/resources.js';
import type { ReplayPorts } from '../replay/handler.js';
import type { ReportPorts } from '../report/handler.js';
import { DailySpendGuard, type SpendPorts } from '../spend/guard.js';
import { sendLimitAlert } from '../spend/limit-alert.js';
import type { BudgetPorts } from '../spend/use-of-day.js';
import { DEFAULT_SWEEP_LIMITS, type SweepPorts } from '../sweep/ports.js';
import type { GoogleAccess } from '../wardrobe/google-link.js';
import type { RankingPorts } from '../wardrobe/rank-outfits.js';
import type { Adapters } from './adapters.js';
import {
  admissionPolicyOf,
  classifyPolicyOf,
  isStoreLasting,
  opinionPolicyOf,
  organisePolicyOf,
  PROCESSOR_TIME,
  rankingPolicyOf,
  reportPolicyOf,
  spendPolicyOf,
  surgePolicyOf,
  tenantDefaultsOf,
  timeZonesOf,
} from './policies.js';
import { openTenants, type Tenants } from './tenants.js';

export interface Setting {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
}

/** The ports of each function, by its name. */
export interface FunctionPorts {
  ingest(): Promise<IngestPorts>;
  classify(): Promise<ClassifyPorts>;
  deadLetter(): Promise<DeadLetterPorts>;
  organise(): Promise<OrganisePorts>;
  secondOpinion(): Promise<OpinionPorts>;
  replay(): Promise<ReplayPorts>;
  sweep(): Promise<SweepPorts>;
  /** Of the budgets of today. */
  budget(): Promise<BudgetPorts>;
  report(): Promise<ReportPorts>;
  erase(): Promise<ErasePorts>;
  heartbeat(): Promise<HeartbeatPorts>;
  alerts(): Promise<AlertPorts>;
  tenants(): Promise<Tenants>;
  models(): Promise<ModelRegistry>;
  /** Of changes of the tenants' models. */
  rollouts(): Promise<RolloutPorts>;
  /** Of a run of learning, and of its start. */
  learn(): Promise<LearnPorts>;
  learningStart(): Promise<StartPorts>;
  /** Signs the manifest of the model. Undefined if there is no key. */
  documentSigner(): Promise<DocumentSigner | undefined>;
  keys(): Promise<KeyPorts>;
  /** Of callers of the API. */
  credentials(): Promise<CredentialPorts>;
  /** Of the rate limits of the API. */
  requestShares(): Promise<RequestShares>;
  /** Of the API's routes below /v1. */
  images(): Promise<ImagePorts>;
  wardrobe(): Promise<WardrobeStore | undefined>;
  /** Of Google Calendar; undefined if the installation has no client of Google. */
  googleAccess(): Promise<GoogleAccess | undefined>;
  /** Undefined if no language model ranks outfits. */
  outfitRanking(): Promise<RankingPorts | undefined>;
}

interface Parts extends Setting {
  /** Each makes its adapter once. */
  readonly adapters: Omit<Adapters, 'models'>;
  readonly openModels: Adapters['models'];
  /** Makes another thumbnailer at each call. */
  readonly openThumbnailer: Adapters['thumbnailer'];
  /** The ports of the same application. */
  readonly ports: FunctionPorts;
  /** Has something closed when the application is closed, or at once if it is already. */
  closeAtEnd(closable: { close(): unknown }): void;
}

const HOUR_MS = 3_600_000;

export const PORTS: { readonly [P in keyof FunctionPorts]: (parts: Parts) => ReturnType<FunctionPorts[P]> } =
  {
    ingest: ingestPorts,
    classify: classifyPorts,
    deadLetter: async ({ adapters }) => ({ records: await adapters.records() }),
    organise: async ({ config, adapters, ports }) => ({
      records: await adapters.records(),
      objects: await adapters.objects(),
      copier: await adapters.copier(),
      policy: organisePolicyOf(config, await ports.tenants()),
    }),
    secondOpinion: opinionPorts,
    replay: async ({ clock, ports }) => ({ ...(await ports.ingest()), clock }),
    sweep: async ({ clock, adapters, ports }) => ({
      ...(await ports.ingest()),
      objects: await adapters.objects(),
      sweeps: await adapters.sweeps(),
      clock,
      prices: PRICES,
      limits: DEFAULT_SWEEP_LIMITS,
      models: async () => ({
        installed: await adapters.modelDigest(),
        ofTenants: (await ports.tenants()).ownModels(),
      }),
    }),
    budget: async ({ config, clock, adapters, ports }) => {
      const tenants = await ports.tenants();
      return {
        ...spendPolicyOf(config, tenants),
        spending: await adapters.spending(),
        clock,
        dayOf: dayOf(config, tenants),
      };
    },
    report: reportPorts,
    erase: async ({ adapters, ports }) => ({
      store: await adapters.erasures(),
      images: await adapters.records(),
      reports: await ports.report(),
      wardrobe: await ports.wardrobe(),
    }),
    heartbeat: async ({ config, clock, adapters, ports }) => ({
      records: await adapters.dayRecords(),
      archive: await adapters.reportArchive(),
      alerts: await ports.alerts(),
      clock,
      ...timeZonesOf(config, await ports.tenants()),
    }),
    alerts: async ({ config, log, clock, adapters }) => ({
      store: await adapters.alertStore(),
      notifiers: await adapters.notifiers(),
      clock,
      log,
      coolDownMs: config.HANGTAG_ALERT_COOL_DOWN_HOURS * HOUR_MS,
    }),
    tenants: async ({ config, adapters, closeAtEnd }) => {
      const tenants = await openTenants(await adapters.tenantStore(), tenantDefaultsOf(config));
      closeAtEnd(tenants);
      return tenants;
    },
    models: openRegistry,
    rollouts: async ({ config, adapters }) => ({
      tenants: await adapters.tenantStore(),
      rollouts: await adapters.rollouts(),
      known: await adapters.knownModels(),
      store: await adapters.modelStore(),
      dayRecords: await adapters.dayRecords(),
      installedDir: config.HANGTAG_MODEL_DIR,
    }),
    learn: async ({ clock, adapters, ports }) => ({
      ...(await ports.rollouts()),
      objects: await adapters.objects(),
      runs: await adapters.learningRuns(),
      clock,
    }),
    learningStart: async ({ config, clock, adapters }) => ({
      runs: await adapters.learningRuns(),
      publisher: await adapters.publisher(),
      topic: config.HANGTAG_LEARN_TOPIC,
      clock,
      isStoreLasting: isStoreLasting(config, process.env),
    }),
    documentSigner: ({ adapters }) => adapters.documentSigner(),
    keys: async ({ clock, adapters }) => ({ keys: await adapters.apiKeys(), clock }),
    credentials: async ({ log, clock, adapters }) => ({
      keys: await adapters.apiKeys(),
      idTokens: await adapters.idTokens(),
      clock,
      log,
    }),
    requestShares: ({ adapters }) => adapters.requestShares(),
    images: async ({ adapters }) => ({
      catalog: await adapters.catalog(),
      similar: await adapters.similar(),
      signer: await adapters.signer(),
      records: await adapters.records(),
      objects: await adapters.objects(),
    }),
    wardrobe: async ({ adapters, closeAtEnd }) => {
      const store = await adapters.wardrobe();
      if (store !== undefined) closeAtEnd(store);
      return store;
    },
    googleAccess: ({ adapters }) => adapters.googleAccess(),
    outfitRanking: async ({ config, log, adapters }) => {
      const ask = await adapters.outfitRanking();
      return ask && { ask, ledger: await adapters.opinionLedger(), log, ...rankingPolicyOf(config) };
    },
  };

async function ingestPorts(parts: Parts): Promise<IngestPorts> {
  const { config, adapters, ports } = parts;
  const tenants = await ports.tenants();
  return {
    spendGuard: spendGuard(parts, tenants),
    records: await adapters.records(),
    publisher: await adapters.publisher(),
    // Its client is loaded at the first deletion, because uploads do not need it.
    objects: {
      stat: async (...which) => (await adapters.objects()).stat(...which),
      remove: async (version) => (await adapters.objects()).remove(version),
    },
    policy: admissionPolicyOf(config),
    maxBytesOf: (tenant) => tenants.of(tenant).maxBytes,
    lanes: new SurgeLanes(surgePolicyOf(config)),
    topics: { uploaded: config.HANGTAG_UPLOADED_TOPIC, backfill: config.HANGTAG_BACKFILL_TOPIC },
  };
}

/** Counts and the channels of alerts are made only if a limit is set. */
function spendGuard({ config, clock, adapters, ports }: Parts, tenants: Tenants): DailySpendGuard {
  return new DailySpendGuard(
    { ...spendPolicyOf(config, tenants), workers: INGEST_INSTANCES },
    {
      spending: { imagesSince: async (...which) => (await adapters.spending()).imagesSince(...which) },
      clock,
      dayOf: dayOf(config, tenants),
      onExhausted: async (tenant, limit) => sendLimitAlert(tenant, limit, await ports.alerts()),
    },
  );
}

/** The library of calendars is large: it is loaded when a limit needs a day, and most installations have no limit. */
function dayOf(config: Config, tenants: Tenants): SpendPorts['dayOf'] {
  return async (nowMs, tenant) => {
    const { civilTime, dayWindow } = await import('@hangtag/shared/domain/report/day-window.js');
    const zone = tenant === undefined ? config.HANGTAG_TIME_ZONE : tenants.of(tenant).timeZone;
    return dayWindow(civilTime(nowMs, zone).day, zone);
  };
}

async function classifyPorts({ config, log, clock, adapters, ports }: Parts): Promise<ClassifyPorts> {
  // The first step, so that its worker starts on another core while this process loads the rest.
  const models = await ports.models();
  // An image needs the settings of its tenant after its download: asked for here, they arrive meanwhile. If they cannot be read, the
  // image asks again.
  ports.tenants().catch(() => {});
  const [records, objects] = await Promise.all([adapters.records(), adapters.objects()]);
  const isAnnounced =
    config.HANGTAG_ANNOUNCE_LABELS ||
    config.HANGTAG_ORGANISE !== 'off' ||
    config.HANGTAG_SECOND_OPINION !== 'off';
  return {
    records,
    objects,
    models,
    // The client of Pub/Sub is loaded at the first announcement, because most installations announce nothing.
    publisher: { publish: async (topic, message) => (await adapters.publisher()).publish(topic, message) },
    clock,
    topics: isAnnounced ? { labeled: config.HANGTAG_LABELED_TOPIC } : {},
    surge: { use: new TenantUse(PROCESSOR_TIME), backfillTopic: config.HANGTAG_BACKFILL_TOPIC },
    onShadowFailure: (err) => log.error({ function: 'classify', outcome: 'shadow-failed', err }),
    policy: classifyPolicyOf(config),
  };
}

async function openRegistry({ log, openModels, ports, closeAtEnd }: Parts): Promise<ModelRegistry> {
  const registry = await openModels({
    tenants: ports.tenants,
    log,
    report: (tenant, missing) =>
      void ports
        .alerts()
        .then((alerts) => sendTenantModelAlert(tenant, missing, alerts))
        .catch((err: unknown) => log.error({ function: 'alerts', outcome: 'not-sent', tenant, err })),
  });
  closeAtEnd(registry);
  return registry;
}

/** With a thumbnailer of its own: the report closes the common one after its last picture. */
async function opinionPorts(parts: Parts): Promise<OpinionPorts> {
  const { config, clock, adapters, ports } = parts;
  const [tenants, thumbnailer, store] = await Promise.all([
    ports.tenants(),
    parts.openThumbnailer(),
    adapters.modelStore(),
  ]);
  parts.closeAtEnd(thumbnailer);
  const installedDir = config.HANGTAG_MODEL_DIR;
  return {
    records: await adapters.records(),
    objects: await adapters.objects(),
    thumbnailer,
    opinions: await adapters.secondOpinion(),
    ledger: await adapters.opinionLedger(),
    clock,
    // Loaded at the first opinion, because most installations ask none.
    labelsOf: async (tenant) => {
      const { labelsInUse } = await import('../models/handler.js');
      return labelsInUse(tenants.of(tenant).models.active, { store, installedDir });
    },
    policy: opinionPolicyOf(config, tenants),
  };
}

async function reportPorts({ config, log, clock, adapters, ports }: Parts): Promise<ReportPorts> {
  const [records, objects, files, archive, publisher, thumbnailer, alerts, tenants] = await Promise.all([
    adapters.dayRecords(),
    adapters.objects(),
    adapters.reportFiles(),
    adapters.reportArchive(),
    adapters.publisher(),
    adapters.thumbnailer(),
    ports.alerts(),
    ports.tenants(),
  ]);
  return {
    records,
    objects,
    files,
    archive,
    publisher,
    thumbnailer,
    alerts,
    clock,
    log,
    bucket: config.HANGTAG_BUCKET,
    maxBytes: config.HANGTAG_MAX_BYTES,
    ...timeZonesOf(config, tenants),
    topics: { report: config.HANGTAG_REPORT_TOPIC },
    ...reportPolicyOf(config),
    ...((config.HANGTAG_SECOND_OPINION !== 'off' || config.HANGTAG_OUTFIT_RANKING !== 'off') && {
      opinions: await adapters.opinionLedger(),
    }),
    thresholdsOf: (tenant) => tenants.of(tenant).thresholds,
  };
}
