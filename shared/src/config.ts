/**
 * Configuration: environment variables, parsed once. An unknown `HANGTAG_*` key is an error, so that a misspelt key does not
 * silently leave the default. All errors are reported together.
 */

import { z } from 'zod';
import { parseTenantId, type TenantId } from './domain/identity.js';
import { MOST_SHARDS } from './domain/index-shards.js';
import { parseTimeZone, type TimeZone } from './domain/time-zone.js';
import { DEFAULT_VERDICT_POLICY } from './domain/verdict.js';
import { ConfigError, listed } from './errors.js';
import { checked, describeIssues } from './zod-issues.js';

const MIB = 1024 * 1024;

const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .transform((parts) => parts.filter((part) => part !== ''));
/** As browsers send them: https://www.rfc-editor.org/rfc/rfc6454#section-6.2. Apps have schemes of their own. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@A-Z]+$/;
const origins = list.refine(
  (all) => all.every((origin) => ORIGIN.test(origin)),
  'Expected origins without a path, in small letters, as https://app.example.com',
);
const probability = z.coerce.number().min(0).max(1);
const positiveInteger = z.coerce.number().int().positive();
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const topic = z.string().regex(/^[a-zA-Z][\w.~+%-]{2,254}$/);

/** The secret of a channel that is not used: a function cannot start if one of its secrets does not exist. */
export const NO_SECRET = 'none';

function secretOf<T>(schema: z.ZodType<T>) {
  return z.preprocess((text) => (text === NO_SECRET ? undefined : text), schema.optional());
}

const jsonObject = z
  .string()
  .default('{}')
  .transform(checked((text: string): unknown => JSON.parse(text)))
  .pipe(z.record(z.string(), z.string()));

function parseTenantTimeZones(zones: Readonly<Record<string, string>>): ReadonlyMap<TenantId, TimeZone> {
  return new Map(Object.entries(zones).map(([tenant, zone]) => [parseTenantId(tenant), parseTimeZone(zone)]));
}

const signingKey = z.strictObject({
  ...{ kty: z.literal('EC'), crv: z.literal('P-256') },
  ...{ x: z.string().length(43), y: z.string().length(43), d: z.string().length(43) },
});

/** The message does not repeat the key. */
function parseSigningKey(text: string): z.infer<typeof signingKey> {
  const key = signingKey.safeParse(jsonOf(text));
  if (key.success) return key.data;
  throw new ConfigError('Expected a private JSON Web Key with kty EC, crv P-256, x, y and d');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const keys = {
  /** The bucket of the images. */
  HANGTAG_BUCKET: z.string().min(3).default('hangtag-images'),
  /** Used by the local stack only. Functions ignore them, but may inherit them. */
  HANGTAG_FIRESTORE_EMULATOR: z.string().optional(),
  HANGTAG_PUBSUB_EMULATOR: z.string().optional(),
  HANGTAG_ALLOWED_HOSTS: z.string().optional(),
  HANGTAG_REGION: z.string().default('us-central1'),
  HANGTAG_UPLOADED_TOPIC: topic.default('image-uploaded'),
  /** Topic of the backfill lane, so that live uploads do not wait behind backfill. */
  HANGTAG_BACKFILL_TOPIC: topic.default('image-backfill'),
  /** A tenant's uploads beyond this burst and this rate are a surge: they go to the backfill lane. */
  HANGTAG_SURGE_BURST_IMAGES: positiveInteger.default(50),
  HANGTAG_SURGE_IMAGES_PER_SECOND: z.coerce.number().positive().default(5),
  HANGTAG_DEAD_LETTER_TOPIC: topic.default('image-uploaded-dead'),
  /** One message lets the function `learn` take a run. */
  HANGTAG_LEARN_TOPIC: topic.default('learn-requested'),
  HANGTAG_LABELED_TOPIC: topic.default('image-labeled'),
  /** Whether every label is published to that topic: one more message per image. HANGTAG_ORGANISE turns it on. */
  HANGTAG_ANNOUNCE_LABELS: flag.default(false),
  /** Comma-separated; empty: all names. */
  HANGTAG_INCLUDE_PREFIXES: list.default([]),
  HANGTAG_EXCLUDE_PREFIXES: list.default(['processed/', 'quarantine/', 'reports/']),
  HANGTAG_MAX_BYTES: positiveInteger.default(32 * MIB),
  HANGTAG_MAX_PIXELS: positiveInteger.default(50_000_000),
  HANGTAG_AGE_GATE_MS: positiveInteger.default(60_000),
  HANGTAG_MAX_ATTEMPTS: positiveInteger.default(5),
  /** Folder with a manifest.json; relative to the working directory. */
  HANGTAG_MODEL_DIR: z.string().default('models/fashion-mobilenetv2'),
  /** Where versions of models are kept: a folder, or `gs://BUCKET/PREFIX`. See docs/models.md. */
  HANGTAG_MODEL_STORE: z
    .string()
    .regex(/^(?!gs:)|^gs:\/\/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](\/.*)?$/)
    .default('.hangtag/models'),
  /** Of the worker processes of all loaded models of an instance. */
  HANGTAG_MODEL_MEMORY_MIB: positiveInteger.default(512),
  /** In place of the one that the model's manifest has. */
  HANGTAG_ENGINE: z.enum(['onnx', 'onnx-fp32', 'tfjs']).optional(),
  HANGTAG_AUTO_PROCESS_AT: probability.default(DEFAULT_VERDICT_POLICY.autoProcessAt),
  HANGTAG_QUICK_REVIEW_AT: probability.default(DEFAULT_VERDICT_POLICY.quickReviewAt),
  HANGTAG_TOP_K: positiveInteger.default(DEFAULT_VERDICT_POLICY.topK),
  HANGTAG_MIN_SCORE: probability.default(DEFAULT_VERDICT_POLICY.minScore),
  HANGTAG_KEEP_EMBEDDING: flag.default(false),
  /** A thumbnail costs more than the label: docs/decisions/thumbnails.md. */
  HANGTAG_THUMBNAILS: flag.default(false),
  /** Colours and vectors of images: docs/similar.md. */
  HANGTAG_PALETTE: flag.default(false),
  HANGTAG_SIMILAR: flag.default(false),
  /** People get outfits of their own images: docs/wardrobe.md. */
  HANGTAG_WARDROBE: flag.default(false),
  /** IANA name of the time zone of the report's days and of the schedules. */
  HANGTAG_TIME_ZONE: z
    .string()
    .transform(checked(parseTimeZone))
    .default('UTC' as TimeZone),
  /** JSON object: time zone by tenant. The `timeZone` of a tenant's document goes first: see docs/tenants.md, like the other settings of tenants. */
  HANGTAG_TENANT_TIME_ZONES: jsonObject.transform(checked(parseTenantTimeZones)),
  /** Reports are stored there under `reports/`. Default: HANGTAG_BUCKET. */
  HANGTAG_REPORT_BUCKET: z.string().min(3).optional(),
  /** One message is published for each report. */
  HANGTAG_REPORT_TOPIC: topic.default('daily-report'),
  /** `utf-8` for spreadsheet programs that read CSV files without this mark in their own code page. */
  HANGTAG_CSV_BYTE_ORDER_MARK: z.enum(['utf-8', 'none']).default('none'),
  /**
   * Who may use the HTTP API: `keys`, callers with credentials; `public`, in addition everybody for /predict, /classes and
   * /health; `local`, everybody for everything: for a server on loopback only.
   */
  HANGTAG_API_ACCESS: z.enum(['keys', 'public', 'local']).default('keys'),
  /** Comma-separated origins of web pages that may call the API from a browser. */
  HANGTAG_API_ORIGINS: origins.default([]),
  HANGTAG_API_MAX_BODY_BYTES: positiveInteger.default(10 * MIB),
  /** Of one key, one person, or one address without credentials; and of all callers of one tenant. */
  HANGTAG_API_REQUESTS_PER_MINUTE: positiveInteger.default(600),
  HANGTAG_API_TENANT_REQUESTS_PER_MINUTE: positiveInteger.default(3_000),
  /** Whether all instances of the API count these requests together, in Firestore: what it costs is in docs/api.md. */
  HANGTAG_API_SHARED_LIMITS: flag.default(false),
  /** JSON Web Key of the curve P-256 that signs the manifest of the model for devices; without it, the manifest is not signed. */
  HANGTAG_SIGNING_KEY: secretOf(z.string().transform(checked(parseSigningKey))),
  /** Share of the devices that should use the model, and the oldest version of an app that can: both are in the manifest. */
  HANGTAG_MODEL_ROLLOUT_SHARE: probability.default(1),
  HANGTAG_MIN_APP_VERSION: z.string().min(1).max(50).optional(),
  /** Proxies in front of the API that add an address to X-Forwarded-For. Default: 1 on Cloud Run, otherwise 0. */
  HANGTAG_API_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).optional(),
  /** The protocol of the vision model that is asked about images in review, for tenants with the feature `second-opinion`. */
  HANGTAG_SECOND_OPINION: z.enum(['off', 'gemini', 'openai']).default('off'),
  /** Address without `/chat/completions` or `/models`. Default: that of Google or OpenAI. */
  HANGTAG_SECOND_OPINION_URL: z.url({ protocol: /^https?$/ }).optional(),
  HANGTAG_SECOND_OPINION_MODEL: z.string().min(1).max(200).optional(),
  HANGTAG_SECOND_OPINION_KEY: secretOf(z.string().min(1)),
  /** US dollars for a million tokens. */
  HANGTAG_SECOND_OPINION_INPUT_USD: z.coerce.number().min(0).optional(),
  HANGTAG_SECOND_OPINION_OUTPUT_USD: z.coerce.number().min(0).optional(),
  /** What the opinions of one tenant may cost in a day. */
  HANGTAG_SECOND_OPINION_DAILY_USD: z.coerce.number().positive().default(1),
  /** JSON object: code of the stock system by category. */
  HANGTAG_CATEGORY_CODES: jsonObject,
  /** An alert is sent if the estimated cost of a day is higher. */
  HANGTAG_DAILY_BUDGET_USD: z.coerce.number().positive().optional(),
  /** Daily limits for all tenants together, and for each one. Images beyond a limit are deferred to the next day. */
  HANGTAG_DAILY_LIMIT_IMAGES: positiveInteger.optional(),
  HANGTAG_DAILY_LIMIT_USD: z.coerce.number().positive().optional(),
  HANGTAG_TENANT_DAILY_LIMIT_IMAGES: positiveInteger.optional(),
  HANGTAG_TENANT_DAILY_LIMIT_USD: z.coerce.number().positive().optional(),
  /** Whether settled images are organised under `processed/` and `quarantine/`, and for which tenants; empty: all. */
  HANGTAG_ORGANISE: z.enum(['off', 'copy', 'move']).default('off'),
  HANGTAG_ORGANISE_TENANTS: list.default([]).pipe(z.array(z.string().transform(checked(parseTenantId)))),
  /** Shown in the report. The bucket's lifecycle rules and the database's TTL policy delete the data. */
  HANGTAG_IMAGE_RETENTION_DAYS: positiveInteger.default(30),
  HANGTAG_RECORD_RETENTION_DAYS: positiveInteger.default(90),
  /** Spreads the indexes of records, for more than 500 images a second of one tenant; 1: no shards. See docs/indexes.md. */
  HANGTAG_INDEX_SHARDS: positiveInteger.max(MOST_SHARDS).default(1),
  /** Base address of an OpenTelemetry collector (OTLP over HTTP). Without it there are no traces: docs/operations.md. */
  HANGTAG_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** Share of the traces that are sent. */
  HANGTAG_TRACE_SHARE: probability.default(1),
  /** Port of GET /metrics, beside that of the functions or the API. Without it there are no metrics: docs/operations.md. */
  HANGTAG_METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  HANGTAG_ALERT_COOL_DOWN_HOURS: z.coerce.number().positive().default(20),
  HANGTAG_SLACK_WEBHOOK_URL: secretOf(z.url({ protocol: /^https?$/ })),
  HANGTAG_SMTP_URL: secretOf(z.url({ protocol: /^smtps?$/ })),
  HANGTAG_ALERT_FROM: z.string().optional(),
  /** Comma-separated. */
  HANGTAG_ALERT_TO: list.default([]),
  HANGTAG_WEBHOOK_URL: secretOf(z.url({ protocol: /^https?$/ })),
  /** PostgreSQL of the wardrobe: docs/wardrobe.md. */
  HANGTAG_DATABASE_URL: secretOf(z.url({ protocol: /^postgres(ql)?$/ })),
  /** In place of it, `project:region:instance` of Cloud SQL, with a sign-in by IAM. */
  HANGTAG_CLOUD_SQL_INSTANCE: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]:[a-z]+-[a-z]+\d+:[a-z][a-z0-9-]{0,97}$/,
      'Expected project:region:instance',
    )
    .optional(),
  HANGTAG_CLOUD_SQL_DATABASE: z.string().min(1).default('wardrobe'),
  /** Default: the user of the function `api`, hangtag-api@PROJECT.iam. */
  HANGTAG_CLOUD_SQL_USER: z.string().min(1).optional(),
  /** The protocol of the language model that puts outfits in order and words the reason: docs/wardrobe.md. */
  HANGTAG_OUTFIT_RANKING: z.enum(['off', 'gemini', 'openai']).default('off'),
  /** Address without `/chat/completions` or `/models`. Default: that of Google or OpenAI. */
  HANGTAG_OUTFIT_RANKING_URL: z.url({ protocol: /^https?$/ }).optional(),
  HANGTAG_OUTFIT_RANKING_MODEL: z.string().min(1).max(200).optional(),
  HANGTAG_OUTFIT_RANKING_KEY: secretOf(z.string().min(1)),
  /** US dollars for a million tokens. */
  HANGTAG_OUTFIT_RANKING_INPUT_USD: z.coerce.number().min(0).optional(),
  HANGTAG_OUTFIT_RANKING_OUTPUT_USD: z.coerce.number().min(0).optional(),
  /** What rankings and second opinions of one tenant may cost in a day before no further ranking is asked. */
  HANGTAG_OUTFIT_RANKING_DAILY_USD: z.coerce.number().positive().default(1),
  /** Client of Google's OAuth with which people let the wardrobe read their Google Calendar: docs/wardrobe.md. */
  HANGTAG_GOOGLE_CLIENT_ID: z.string().min(1).optional(),
  HANGTAG_GOOGLE_CLIENT_SECRET: secretOf(z.string().min(1)),
  /** Address of another server that speaks Google's OAuth and Calendar protocols, for tests. Default: Google's. */
  HANGTAG_GOOGLE_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Base64url of 32 bytes: encrypts the tokens of Google Calendar. */
  HANGTAG_TOKEN_KEY: secretOf(z.string().regex(/^[A-Za-z0-9_-]{43}$/)),
  /** Base64 of at least 24 bytes, with or without the prefix `whsec_`. */
  HANGTAG_WEBHOOK_SECRET: secretOf(z.string().regex(/^(whsec_)?[A-Za-z0-9+/]{32,}={0,2}$/)),
};

type Key = keyof typeof keys;

export const CONFIG_KEYS = Object.keys(keys) as readonly Key[];

/** Keys whose values are kept in Secret Manager, since an address can hold a password or a token. Only functions that send alerts get them. */
export const ALERT_SECRETS = [
  'HANGTAG_SLACK_WEBHOOK_URL',
  'HANGTAG_SMTP_URL',
  'HANGTAG_WEBHOOK_URL',
  'HANGTAG_WEBHOOK_SECRET',
] as const satisfies readonly Key[];

/** Only the function `api` gets it. */
export const SIGNING_SECRETS = ['HANGTAG_SIGNING_KEY'] as const satisfies readonly Key[];

/** Only the function `api` gets them. */
export const WARDROBE_SECRETS = [
  'HANGTAG_GOOGLE_CLIENT_SECRET',
  'HANGTAG_TOKEN_KEY',
  'HANGTAG_OUTFIT_RANKING_KEY',
] as const satisfies readonly Key[];

/** Only the function `secondOpinion` gets it. */
export const OPINION_SECRETS = ['HANGTAG_SECOND_OPINION_KEY'] as const satisfies readonly Key[];

export const SECRET_KEYS = [
  ...ALERT_SECRETS,
  ...SIGNING_SECRETS,
  ...WARDROBE_SECRETS,
  ...OPINION_SECRETS,
] as const;
export type SecretKey = (typeof SECRET_KEYS)[number];

/** A fault of several keys together, reported at the first one. It is not checked if one of them has a fault of its own. */
function relation(of: readonly [Key, ...Key[]], message: string) {
  const isChecked = ({ issues }: z.core.ParsePayload) =>
    !issues.some(({ path: [key] = [] }) => (of as readonly unknown[]).includes(key));
  return { path: [of[0]], message, when: isChecked };
}

/** If `key` is set, the others must be set too. */
function needs(key: Key, ...others: readonly [Key, ...Key[]]) {
  return [
    (values: Readonly<Partial<Record<Key, unknown>>>) =>
      !isSet(values[key]) || others.every((other) => isSet(values[other])),
    relation([...others, key], `Expected ${others.join(' and ')} because ${key} is set`),
  ] as const;
}

/** Without prices, the limit of a day could not be kept. */
function needsPrices(endpoint: 'HANGTAG_SECOND_OPINION' | 'HANGTAG_OUTFIT_RANKING') {
  return needs(endpoint, `${endpoint}_MODEL`, `${endpoint}_INPUT_USD`, `${endpoint}_OUTPUT_USD`);
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '' && value !== 'off';
}

const environment = z
  .strictObject(keys)
  .refine(
    (values) => values.HANGTAG_QUICK_REVIEW_AT <= values.HANGTAG_AUTO_PROCESS_AT,
    relation(
      ['HANGTAG_QUICK_REVIEW_AT', 'HANGTAG_AUTO_PROCESS_AT'],
      'Expected at most HANGTAG_AUTO_PROCESS_AT',
    ),
  )
  // If a record expires before its image, the sweep finds it missing every day and labels the image again.
  .refine(
    (values) => values.HANGTAG_RECORD_RETENTION_DAYS > values.HANGTAG_IMAGE_RETENTION_DAYS,
    relation(
      ['HANGTAG_RECORD_RETENTION_DAYS', 'HANGTAG_IMAGE_RETENTION_DAYS'],
      'Expected more than HANGTAG_IMAGE_RETENTION_DAYS',
    ),
  )
  .refine(...needs('HANGTAG_WEBHOOK_SECRET', 'HANGTAG_WEBHOOK_URL'))
  .refine(...needs('HANGTAG_WEBHOOK_URL', 'HANGTAG_WEBHOOK_SECRET'))
  .refine(...needs('HANGTAG_SMTP_URL', 'HANGTAG_ALERT_FROM', 'HANGTAG_ALERT_TO'))
  .refine(...needs('HANGTAG_GOOGLE_CLIENT_ID', 'HANGTAG_GOOGLE_CLIENT_SECRET', 'HANGTAG_TOKEN_KEY'))
  .refine(...needsPrices('HANGTAG_SECOND_OPINION'))
  .refine(...needsPrices('HANGTAG_OUTFIT_RANKING'))
  .refine(
    (values) => !values.HANGTAG_CLOUD_SQL_INSTANCE || !values.HANGTAG_DATABASE_URL,
    relation(
      ['HANGTAG_CLOUD_SQL_INSTANCE', 'HANGTAG_DATABASE_URL'],
      'Expected no HANGTAG_DATABASE_URL because HANGTAG_CLOUD_SQL_INSTANCE is set',
    ),
  );

export type Config = z.infer<typeof environment>;

/** @throws {ConfigError} */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const ours = Object.entries(env).filter(([key]) => key.startsWith('HANGTAG_'));
  const result = environment.safeParse(Object.fromEntries(ours));
  if (result.success) {
    assertGuarded(result.data, env);
    return result.data;
  }
  throw new ConfigError(listed('Expected a valid configuration but received', describeIssues(result.error)));
}

/** Cloud Run, which sets K_SERVICE, can be reached by everybody; Firebase's emulator sets it too. */
function assertGuarded(
  { HANGTAG_API_ACCESS: access }: Config,
  env: Readonly<Record<string, string | undefined>>,
): void {
  if (access === 'local' && env['K_SERVICE'] !== undefined && env['FUNCTIONS_EMULATOR'] !== 'true')
    throw new ConfigError('Expected HANGTAG_API_ACCESS to be keys or public in the cloud but received local');
}
