/**
 * An application is a value: its configuration and the ports of each function. A process, a test or a tool makes as many
 * applications as it needs. Each port is made once for each application, at its first use, so a function loads only what it
 * uses. If making a port fails, the next call tries again.
 */
import type { Config } from '@hangtag/shared/config.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import { civilTime, dayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import type { Logger } from '@hangtag/shared/log.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { ModelRegistry } from '@hangtag/shared/ports/model-registry.js';
import type { HeartbeatPorts } from '../alerts/heartbeat.js';
import type { AlertPorts } from '../alerts/send-alerts.js';
import type { CredentialPorts } from '../api/authenticate.js';
import type { ImagePorts } from '../api/image-ports.js';
import type { ClassifyPorts } from '../classify/handler.js';
import type { DeadLetterPorts } from '../dead-letter/handler.js';
import type { ErasePorts } from '../erase/handler.js';
import type { IngestPorts } from '../ingest/handler.js';
import { SurgeLanes, TenantUse } from '../ingest/lanes.js';
import type { KeyPorts } from '../keys/handler.js';
import type { OrganisePorts } from '../organise/handler.js';
import { INGEST_INSTANCES } from '../platform/resources.js';
import type { ReplayPorts } from '../replay/handler.js';
import type { ReportPorts } from '../report/handler.js';
import type { SpendGuard } from '../spend/guard.js';
import { DEFAULT_SWEEP_LIMITS, type SweepPorts } from '../sweep/ports.js';
import type { Adapters } from './adapters.js';
import { once } from './once.js';
import {
  admissionPolicyOf,
  classifyPolicyOf,
  PROCESSOR_TIME,
  reportPolicyOf,
  spendPolicyOf,
  surgePolicyOf,
  timeZonesOf,
} from './policies.js';

export interface Setting {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
}

/** The ports of each function, by its name. */
export interface App extends Setting {
  ingest(): Promise<IngestPorts>;
  classify(): Promise<ClassifyPorts>;
  deadLetter(): Promise<DeadLetterPorts>;
  organise(): Promise<OrganisePorts>;
  replay(): Promise<ReplayPorts>;
  sweep(): Promise<SweepPorts>;
  report(): Promise<ReportPorts>;
  erase(): Promise<ErasePorts>;
  heartbeat(): Promise<HeartbeatPorts>;
  alerts(): Promise<AlertPorts>;
  models(): Promise<ModelRegistry>;
  keys(): Promise<KeyPorts>;
  /** Of callers of the API. */
  credentials(): Promise<CredentialPorts>;
  /** Of the API's routes below /v1. */
  images(): Promise<ImagePorts>;
  /** Ends the worker processes of the models, if any were started. */
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

export function createApp(setting: Setting, adapters: Adapters): App {
  const { config, log, clock } = setting;
  const make = onceEach(adapters);
  let modelsWanted = false;

  const models = () => {
    modelsWanted = true;
    return make.models();
  };

  const alerts = once(
    async (): Promise<AlertPorts> => ({
      store: await make.alertStore(),
      notifiers: await make.notifiers(),
      clock,
      log,
      coolDownMs: config.HANGTAG_ALERT_COOL_DOWN_HOURS * HOUR_MS,
    }),
  );

  /** Undefined if no limit is set. */
  const spendGuard = once(async (): Promise<SpendGuard | undefined> => {
    const policy = spendPolicyOf(config);
    if (policy === undefined) return undefined;
    const [{ DailySpendGuard }, { sendLimitAlert }, spending, alertPorts] = await Promise.all([
      import('../spend/guard.js'),
      import('../spend/limit-alert.js'),
      make.spending(),
      alerts(),
    ]);
    const zones = timeZonesOf(config);
    return new DailySpendGuard(
      { ...policy, workers: INGEST_INSTANCES },
      {
        spending,
        clock,
        dayOf(nowMs, tenant) {
          const zone = tenant === undefined ? zones.timeZone : zoneOf(zones, tenant);
          return dayWindow(civilTime(nowMs, zone).day, zone);
        },
        onExhausted: (tenant, limit) => sendLimitAlert(tenant, limit, alertPorts),
      },
    );
  });

  const ingest = once(async (): Promise<IngestPorts> => {
    const guard = await spendGuard();
    return {
      ...(guard !== undefined && { spendGuard: guard }),
      records: await make.records(),
      publisher: await make.publisher(),
      // Its client is loaded at the first deletion, because uploads do not need it.
      objects: { stat: async (...which) => (await make.objects()).stat(...which) },
      policy: admissionPolicyOf(config),
      lanes: new SurgeLanes(surgePolicyOf(config)),
      topics: { uploaded: config.HANGTAG_UPLOADED_TOPIC, backfill: config.HANGTAG_BACKFILL_TOPIC },
    };
  });

  const classify = once(async (): Promise<ClassifyPorts> => {
    // The first step, so that its worker starts on another core while this process loads the rest.
    const registry = await models();
    const [records, objects] = await Promise.all([make.records(), make.objects()]);
    const isAnnounced = config.HANGTAG_ANNOUNCE_LABELS || config.HANGTAG_ORGANISE !== 'off';
    return {
      records,
      objects,
      models: registry,
      // The client of Pub/Sub is loaded at the first announcement, because most installations announce nothing.
      publisher: { publish: async (topic, message) => (await make.publisher()).publish(topic, message) },
      clock,
      topics: {
        backfill: config.HANGTAG_BACKFILL_TOPIC,
        ...(isAnnounced && { labeled: config.HANGTAG_LABELED_TOPIC }),
      },
      processorTime: new TenantUse(PROCESSOR_TIME),
      policy: classifyPolicyOf(config),
    };
  });

  const sweep = once(
    async (): Promise<SweepPorts> => ({
      ...(await ingest()),
      objects: await make.objects(),
      sweeps: await make.sweeps(),
      clock,
      prices: PRICES,
      limits: DEFAULT_SWEEP_LIMITS,
      model: make.modelDigest,
    }),
  );

  const report = once(async (): Promise<ReportPorts> => {
    const [records, objects, files, archive, publisher, thumbnailer, alertPorts] = await Promise.all([
      make.dayRecords(),
      make.objects(),
      make.reportFiles(),
      make.reportArchive(),
      make.publisher(),
      make.thumbnailer(),
      alerts(),
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
      ...timeZonesOf(config),
      topics: { report: config.HANGTAG_REPORT_TOPIC },
      ...reportPolicyOf(config),
    };
  });

  return {
    ...setting,
    ingest,
    classify,
    sweep,
    report,
    alerts,
    models,
    deadLetter: async () => ({ records: await make.records() }),
    organise: async () => ({
      records: await make.records(),
      objects: await make.objects(),
      copier: await make.copier(),
      policy: { mode: config.HANGTAG_ORGANISE, tenants: config.HANGTAG_ORGANISE_TENANTS },
    }),
    replay: async () => ({ ...(await ingest()), clock }),
    erase: async () => ({
      store: await make.erasures(),
      images: await make.records(),
      reports: await report(),
    }),
    heartbeat: async () => ({
      records: await make.dayRecords(),
      archive: await make.reportArchive(),
      alerts: await alerts(),
    }),
    keys: async () => ({ keys: await make.apiKeys(), clock }),
    credentials: async () => ({ keys: await make.apiKeys(), idTokens: await make.idTokens(), clock, log }),
    images: async () => ({
      catalog: await make.catalog(),
      signer: await make.signer(),
      records: await make.records(),
      objects: await make.objects(),
    }),
    close: async () => {
      if (modelsWanted) await (await make.models()).close();
    },
  };
}

function onceEach(adapters: Adapters): Adapters {
  const made = Object.entries(adapters).map(([port, make]) => [port, once<unknown>(make)]);
  return Object.fromEntries(made) as Adapters;
}
