/**
 * An application is a value: its configuration and the ports of each function. A process, a test or a tool makes as many
 * applications as it needs. Each port is made once for each application, at its first use, so a function loads only what it
 * uses. If making a port fails, the next call tries again.
 */
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
import { metricsOf } from '../metrics/configured-metrics.js';
import type { Metrics } from '../metrics/metrics.js';
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
import { tracerOf } from '../tracing/configured-tracer.js';
import { tracedAdapters } from '../tracing/traced-adapters.js';
import type { OpenTracer } from '../tracing/tracer.js';
import type { GoogleAccess } from '../wardrobe/google-link.js';
import type { RankingPorts } from '../wardrobe/rank-outfits.js';
import type { Adapters } from './adapters.js';
import { once } from './once.js';
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
export interface App extends Setting {
  /** Absent: no traces. */
  readonly tracer: OpenTracer | undefined;
  /** Absent: no metrics. */
  readonly metrics: Metrics | undefined;
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
  /** Ends what was started: the worker processes of the models, and the watch of the tenants. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const HOUR_MS = 3_600_000;

export function createApp(setting: Setting, adapters: Adapters): App {
  const { config, log, clock } = setting;
  const tracer = tracerOf(config, log);
  const metrics = metricsOf(config, log);
  const { models: openModels, ...others } = tracer ? tracedAdapters(adapters, tracer) : adapters;
  const make = onceEach(others);
  const started: { close(): unknown }[] = [];

  const tenants = once(async () => {
    const opened = await openTenants(await make.tenantStore(), tenantDefaultsOf(config));
    started.push(opened);
    return opened;
  });

  const models = once(async () => {
    const registry = await openModels({
      tenants,
      log,
      report: (tenant, missing) =>
        void alerts()
          .then((ports) => sendTenantModelAlert(tenant, missing, ports))
          .catch((err: unknown) => log.error({ function: 'alerts', outcome: 'not-sent', tenant, err })),
    });
    started.push(registry);
    return registry;
  });

  const wardrobe = once(async () => {
    const store = await make.wardrobe();
    if (store !== undefined) started.push(store);
    return store;
  });

  const alerts = once(
    async (): Promise<AlertPorts> => ({
      store: await make.alertStore(),
      notifiers: await make.notifiers(),
      clock,
      log,
      coolDownMs: config.HANGTAG_ALERT_COOL_DOWN_HOURS * HOUR_MS,
    }),
  );

  const ingest = once(async (): Promise<IngestPorts> => {
    const known = await tenants();
    return {
      spendGuard: spendGuard(known),
      records: await make.records(),
      publisher: await make.publisher(),
      // Its client is loaded at the first deletion, because uploads do not need it.
      objects: {
        stat: async (...which) => (await make.objects()).stat(...which),
        remove: async (version) => (await make.objects()).remove(version),
      },
      policy: admissionPolicyOf(config),
      maxBytesOf: (tenant) => known.of(tenant).maxBytes,
      lanes: new SurgeLanes(surgePolicyOf(config)),
      topics: { uploaded: config.HANGTAG_UPLOADED_TOPIC, backfill: config.HANGTAG_BACKFILL_TOPIC },
    };
  });

  /** The library of calendars is large: it is loaded when a day is asked for, which without a limit does not happen. */
  function dayOf(known: Tenants): SpendPorts['dayOf'] {
    return async (nowMs, tenant) => {
      const { civilTime, dayWindow } = await import('@hangtag/shared/domain/report/day-window.js');
      const zone = tenant === undefined ? config.HANGTAG_TIME_ZONE : known.of(tenant).timeZone;
      return dayWindow(civilTime(nowMs, zone).day, zone);
    };
  }

  /** Counts and the channels of alerts are made when a limit is set: most installations have none. */
  function spendGuard(known: Tenants): DailySpendGuard {
    return new DailySpendGuard(
      { ...spendPolicyOf(config, known), workers: INGEST_INSTANCES },
      {
        spending: { imagesSince: async (...which) => (await make.spending()).imagesSince(...which) },
        clock,
        dayOf: dayOf(known),
        onExhausted: async (tenant, limit) => sendLimitAlert(tenant, limit, await alerts()),
      },
    );
  }

  const classify = once(async (): Promise<ClassifyPorts> => {
    // The first step, so that its worker starts on another core while this process loads the rest.
    const registry = await models();
    const [records, objects] = await Promise.all([make.records(), make.objects()]);
    const isAnnounced =
      config.HANGTAG_ANNOUNCE_LABELS ||
      config.HANGTAG_ORGANISE !== 'off' ||
      config.HANGTAG_SECOND_OPINION !== 'off';
    return {
      records,
      objects,
      models: registry,
      // The client of Pub/Sub is loaded at the first announcement, because most installations announce nothing.
      publisher: { publish: async (topic, message) => (await make.publisher()).publish(topic, message) },
      clock,
      topics: isAnnounced ? { labeled: config.HANGTAG_LABELED_TOPIC } : {},
      surge: { use: new TenantUse(PROCESSOR_TIME), backfillTopic: config.HANGTAG_BACKFILL_TOPIC },
      onShadowFailure: (err) => log.error({ function: 'classify', outcome: 'shadow-failed', err }),
      policy: classifyPolicyOf(config),
    };
  });

  /** With a thumbnailer of its own: the report closes the common one after its last picture. */
  const secondOpinion = once(async (): Promise<OpinionPorts> => {
    const [known, thumbnailer, store] = await Promise.all([
      tenants(),
      others.thumbnailer(),
      make.modelStore(),
    ]);
    started.push(thumbnailer);
    const installedDir = config.HANGTAG_MODEL_DIR;
    return {
      records: await make.records(),
      objects: await make.objects(),
      thumbnailer,
      opinions: await make.secondOpinion(),
      ledger: await make.opinionLedger(),
      clock,
      // Loaded at the first opinion, because most installations ask none.
      labelsOf: async (tenant) => {
        const { labelsInUse } = await import('../models/handler.js');
        return labelsInUse(known.of(tenant).models.active, { store, installedDir });
      },
      policy: opinionPolicyOf(config, known),
    };
  });

  const rollouts = once(
    async (): Promise<RolloutPorts> => ({
      tenants: await make.tenantStore(),
      rollouts: await make.rollouts(),
      known: await make.knownModels(),
      store: await make.modelStore(),
      dayRecords: await make.dayRecords(),
      installedDir: config.HANGTAG_MODEL_DIR,
    }),
  );

  const sweep = once(
    async (): Promise<SweepPorts> => ({
      ...(await ingest()),
      objects: await make.objects(),
      sweeps: await make.sweeps(),
      clock,
      prices: PRICES,
      limits: DEFAULT_SWEEP_LIMITS,
      models: async () => ({ installed: await make.modelDigest(), ofTenants: (await tenants()).ownModels() }),
    }),
  );

  const report = once(async (): Promise<ReportPorts> => {
    const [records, objects, files, archive, publisher, thumbnailer, alertPorts, known] = await Promise.all([
      make.dayRecords(),
      make.objects(),
      make.reportFiles(),
      make.reportArchive(),
      make.publisher(),
      make.thumbnailer(),
      alerts(),
      tenants(),
    ]);
    return {
      records,
      objects,
      files,
      archive,
      publisher,
      thumbnailer,
      alerts: alertPorts,
      clock,
      log,
      bucket: config.HANGTAG_BUCKET,
      maxBytes: config.HANGTAG_MAX_BYTES,
      ...timeZonesOf(config, known),
      topics: { report: config.HANGTAG_REPORT_TOPIC },
      ...reportPolicyOf(config),
      ...((config.HANGTAG_SECOND_OPINION !== 'off' || config.HANGTAG_OUTFIT_RANKING !== 'off') && {
        opinions: await make.opinionLedger(),
      }),
      thresholdsOf: (tenant) => known.of(tenant).thresholds,
    };
  });

  const close = async () => {
    metrics?.close();
    await Promise.all(started.splice(0).map((each) => each.close()));
  };

  return {
    ...setting,
    tracer,
    metrics,
    ingest,
    classify,
    secondOpinion,
    sweep,
    budget: async () => {
      const known = await tenants();
      return {
        ...spendPolicyOf(config, known),
        spending: await make.spending(),
        clock,
        dayOf: dayOf(known),
      };
    },
    report,
    alerts,
    tenants,
    models,
    wardrobe,
    googleAccess: make.googleAccess,
    outfitRanking: async () => {
      const ask = await make.outfitRanking();
      if (ask === undefined) return undefined;
      return { ask, ledger: await make.opinionLedger(), log, ...rankingPolicyOf(config) };
    },
    documentSigner: make.documentSigner,
    requestShares: make.requestShares,
    deadLetter: async () => ({ records: await make.records() }),
    organise: async () => ({
      records: await make.records(),
      objects: await make.objects(),
      copier: await make.copier(),
      policy: organisePolicyOf(config, await tenants()),
    }),
    replay: async () => ({ ...(await ingest()), clock }),
    erase: async () => ({
      store: await make.erasures(),
      images: await make.records(),
      reports: await report(),
      wardrobe: await wardrobe(),
    }),
    heartbeat: async () => ({
      records: await make.dayRecords(),
      archive: await make.reportArchive(),
      alerts: await alerts(),
      clock,
      ...timeZonesOf(config, await tenants()),
    }),
    rollouts,
    learn: async () => ({
      ...(await rollouts()),
      objects: await make.objects(),
      runs: await make.learningRuns(),
      clock,
    }),
    learningStart: async () => ({
      runs: await make.learningRuns(),
      publisher: await make.publisher(),
      topic: config.HANGTAG_LEARN_TOPIC,
      clock,
      isStoreLasting: isStoreLasting(config, process.env),
    }),
    keys: async () => ({ keys: await make.apiKeys(), clock }),
    credentials: async () => ({ keys: await make.apiKeys(), idTokens: await make.idTokens(), clock, log }),
    images: async () => ({
      catalog: await make.catalog(),
      similar: await make.similar(),
      signer: await make.signer(),
      records: await make.records(),
      objects: await make.objects(),
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function onceEach(adapters: Omit<Adapters, 'models'>): Omit<Adapters, 'models'> {
  const made = Object.entries(adapters).map(([port, make]) => [port, once<unknown>(make)]);
  return Object.fromEntries(made) as Omit<Adapters, 'models'>;
}
