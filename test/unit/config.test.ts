import { ALERT_SECRETS, type Config, parseConfig } from '@hangtag/shared/config.js';
import { ConfigError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

const DEFAULTS: Partial<Config> = {
  HANGTAG_BUCKET: 'hangtag-images',
  HANGTAG_REGION: 'us-central1',
  HANGTAG_UPLOADED_TOPIC: 'image-uploaded',
  HANGTAG_BACKFILL_TOPIC: 'image-backfill',
  HANGTAG_SURGE_BURST_IMAGES: 50,
  HANGTAG_SURGE_IMAGES_PER_SECOND: 5,
  HANGTAG_DEAD_LETTER_TOPIC: 'image-uploaded-dead',
  HANGTAG_LEARN_TOPIC: 'learn-requested',
  HANGTAG_LABELED_TOPIC: 'image-labeled',
  HANGTAG_ANNOUNCE_LABELS: false,
  HANGTAG_INCLUDE_PREFIXES: [],
  HANGTAG_EXCLUDE_PREFIXES: ['processed/', 'quarantine/', 'reports/'],
  HANGTAG_MAX_BYTES: 33_554_432,
  HANGTAG_MAX_PIXELS: 50_000_000,
  HANGTAG_AGE_GATE_MS: 60_000,
  HANGTAG_MAX_ATTEMPTS: 5,
  HANGTAG_MODEL_DIR: 'models/fashion-mobilenetv2',
  HANGTAG_MODEL_STORE: '.hangtag/models',
  HANGTAG_MODEL_MEMORY_MIB: 512,
  HANGTAG_API_ACCESS: 'keys',
  HANGTAG_API_MAX_BODY_BYTES: 10_485_760,
  HANGTAG_API_ORIGINS: [],
  HANGTAG_API_REQUESTS_PER_MINUTE: 600,
  HANGTAG_API_SHARED_LIMITS: false,
  HANGTAG_API_TENANT_REQUESTS_PER_MINUTE: 3_000,
  HANGTAG_MODEL_ROLLOUT_SHARE: 1,
  HANGTAG_AUTO_PROCESS_AT: 0.85,
  HANGTAG_QUICK_REVIEW_AT: 0.7,
  HANGTAG_TOP_K: 3,
  HANGTAG_TRACE_SHARE: 1,
  HANGTAG_MIN_SCORE: 0.01,
  HANGTAG_KEEP_EMBEDDING: false,
  HANGTAG_THUMBNAILS: false,
  HANGTAG_WARDROBE: false,
  HANGTAG_CLOUD_SQL_DATABASE: 'wardrobe',
  HANGTAG_PALETTE: false,
  HANGTAG_SIMILAR: false,
  HANGTAG_TIME_ZONE: 'UTC' as Config['HANGTAG_TIME_ZONE'],
  HANGTAG_TENANT_TIME_ZONES: new Map(),
  HANGTAG_REPORT_TOPIC: 'daily-report',
  HANGTAG_SECOND_OPINION: 'off',
  HANGTAG_OUTFIT_RANKING: 'off',
  HANGTAG_OUTFIT_RANKING_DAILY_USD: 1,
  HANGTAG_SECOND_OPINION_DAILY_USD: 1,
  HANGTAG_CSV_BYTE_ORDER_MARK: 'none',
  HANGTAG_CATEGORY_CODES: {},
  HANGTAG_ORGANISE: 'off',
  HANGTAG_ORGANISE_TENANTS: [],
  HANGTAG_IMAGE_RETENTION_DAYS: 30,
  HANGTAG_RECORD_RETENTION_DAYS: 90,
  HANGTAG_INDEX_SHARDS: 1,
  HANGTAG_ALERT_COOL_DOWN_HOURS: 20,
  HANGTAG_ALERT_TO: [],
};

const SECRET = 'c2l4dGVlbiBieXRlcyBhbmQgbW9yZSBvZiBpdA==';
const MAIL = { HANGTAG_ALERT_FROM: 'hangtag@example.com', HANGTAG_ALERT_TO: 'anna@example.com' };

/** A variable with its text and its parsed value, and the other variables that it needs. */
const READ: readonly [key: keyof Config, text: string, value: unknown, others?: Record<string, string>][] = [
  ['HANGTAG_BUCKET', 'abc', 'abc'],
  ['HANGTAG_FIRESTORE_EMULATOR', '127.0.0.1:8080', '127.0.0.1:8080'],
  ['HANGTAG_PUBSUB_EMULATOR', '127.0.0.1:8085', '127.0.0.1:8085'],
  ['HANGTAG_UPLOADED_TOPIC', 'a.~+%-_Z9', 'a.~+%-_Z9'],
  ['HANGTAG_ANNOUNCE_LABELS', 'true', true],
  ['HANGTAG_KEEP_EMBEDDING', 'false', false],
  ['HANGTAG_INCLUDE_PREFIXES', ' in/ ,, more/', ['in/', 'more/']],
  ['HANGTAG_MAX_BYTES', '1', 1],
  ['HANGTAG_SURGE_IMAGES_PER_SECOND', '0.5', 0.5],
  ['HANGTAG_ENGINE', 'tfjs', 'tfjs'],
  ['HANGTAG_ENGINE', 'onnx', 'onnx'],
  ['HANGTAG_ENGINE', 'onnx-fp32', 'onnx-fp32'],
  ['HANGTAG_AUTO_PROCESS_AT', '1', 1],
  ['HANGTAG_QUICK_REVIEW_AT', '0', 0],
  ['HANGTAG_QUICK_REVIEW_AT', '0.85', 0.85],
  ['HANGTAG_TIME_ZONE', 'Europe/Berlin', 'Europe/Berlin'],
  ['HANGTAG_TENANT_TIME_ZONES', '{"acme":"Asia/Kolkata"}', new Map([['acme', 'Asia/Kolkata']])],
  ['HANGTAG_REPORT_BUCKET', 'rep', 'rep'],
  ['HANGTAG_CSV_BYTE_ORDER_MARK', 'utf-8', 'utf-8'],
  ['HANGTAG_CSV_BYTE_ORDER_MARK', 'none', 'none'],
  ['HANGTAG_CATEGORY_CODES', '{"Tops":"17"}', { Tops: '17' }],
  ['HANGTAG_DAILY_BUDGET_USD', '0.5', 0.5],
  ['HANGTAG_DAILY_LIMIT_IMAGES', '7', 7],
  ['HANGTAG_TENANT_DAILY_LIMIT_USD', '0.25', 0.25],
  ['HANGTAG_ORGANISE', 'copy', 'copy'],
  ['HANGTAG_ORGANISE', 'off', 'off'],
  ['HANGTAG_ORGANISE', 'move', 'move'],
  ['HANGTAG_ORGANISE_TENANTS', 'acme, default', ['acme', 'default']],
  ['HANGTAG_RECORD_RETENTION_DAYS', '31', 31],
  ['HANGTAG_INDEX_SHARDS', '30', 30],
  ['HANGTAG_SLACK_WEBHOOK_URL', 'https://slack.example.com/x', 'https://slack.example.com/x'],
  ['HANGTAG_SMTP_URL', 'smtp://mail.example.com', 'smtp://mail.example.com', MAIL],
  ['HANGTAG_SMTP_URL', 'smtps://mail.example.com', 'smtps://mail.example.com', MAIL],
  [
    'HANGTAG_WEBHOOK_URL',
    'http://example.com/hook',
    'http://example.com/hook',
    { HANGTAG_WEBHOOK_SECRET: SECRET },
  ],
  ['HANGTAG_CLOUD_SQL_INSTANCE', 'demo-shop:us-central1:w-1', 'demo-shop:us-central1:w-1'],
  ['HANGTAG_WEBHOOK_URL', 'none', undefined],
  ['HANGTAG_WEBHOOK_SECRET', SECRET, SECRET, { HANGTAG_WEBHOOK_URL: 'https://example.com/hook' }],
  ['HANGTAG_WEBHOOK_SECRET', `whsec_${SECRET}`, `whsec_${SECRET}`, { HANGTAG_WEBHOOK_URL: 'https://a.de' }],
  ['HANGTAG_WEBHOOK_SECRET', 'none', undefined],
];

const REFUSED: readonly [key: keyof Config, text: string, others?: Record<string, string>][] = [
  ['HANGTAG_BUCKET', 'ab'],
  ['HANGTAG_REPORT_BUCKET', 'ab'],
  ['HANGTAG_UPLOADED_TOPIC', 'ab'],
  ['HANGTAG_UPLOADED_TOPIC', '1abc'],
  ['HANGTAG_UPLOADED_TOPIC', 'the topic'],
  ['HANGTAG_UPLOADED_TOPIC', 'a'.repeat(256)],
  ['HANGTAG_ANNOUNCE_LABELS', 'yes'],
  ['HANGTAG_MAX_BYTES', '0'],
  ['HANGTAG_MAX_BYTES', '1.5'],
  ['HANGTAG_MAX_BYTES', 'many'],
  ['HANGTAG_SURGE_IMAGES_PER_SECOND', '0'],
  ['HANGTAG_ENGINE', 'gpu'],
  ['HANGTAG_AUTO_PROCESS_AT', '1.01'],
  ['HANGTAG_MIN_SCORE', '-0.01'],
  ['HANGTAG_QUICK_REVIEW_AT', '0.86'],
  ['HANGTAG_TIME_ZONE', 'Mars/Olympus'],
  ['HANGTAG_TENANT_TIME_ZONES', '{"not/a tenant":"UTC"}'],
  ['HANGTAG_TENANT_TIME_ZONES', '["UTC"]'],
  ['HANGTAG_CATEGORY_CODES', '{"Tops":17}'],
  ['HANGTAG_CATEGORY_CODES', '{'],
  ['HANGTAG_CSV_BYTE_ORDER_MARK', 'utf-16'],
  ['HANGTAG_DAILY_LIMIT_USD', '0'],
  ['HANGTAG_ORGANISE', 'rename'],
  ['HANGTAG_ORGANISE_TENANTS', 'not/a tenant'],
  ['HANGTAG_RECORD_RETENTION_DAYS', '30'],
  ['HANGTAG_INDEX_SHARDS', '31'],
  ['HANGTAG_INDEX_SHARDS', '0'],
  ['HANGTAG_SLACK_WEBHOOK_URL', 'hooks'],
  ['HANGTAG_SLACK_WEBHOOK_URL', 'ftp://slack.example.com/x'],
  ['HANGTAG_SMTP_URL', 'http://mail.example.com', MAIL],
  ['HANGTAG_SMTP_URL', 'smtpx://mail.example.com', MAIL],
  ['HANGTAG_SMTP_URL', 'xsmtp://mail.example.com', MAIL],
  ['HANGTAG_DATABASE_URL', 'mysql://example.com/wardrobe'],
  ['HANGTAG_CLOUD_SQL_INSTANCE', 'demo-shop:hangtag-wardrobe'],
  ['HANGTAG_CLOUD_SQL_INSTANCE', 'demo-shop:europe-west1:'],
  ['HANGTAG_CLOUD_SQL_INSTANCE', 'demo-shop:europe-west1:hangtag-wardrobe:5432'],
  ['HANGTAG_CLOUD_SQL_INSTANCE', 'postgres://demo-shop:europe-west1:hangtag-wardrobe'],
  ['HANGTAG_CLOUD_SQL_USER', ''],
  ['HANGTAG_WEBHOOK_URL', 'ftp://example.com/hook'],
  ['HANGTAG_WEBHOOK_URL', 'xhttp://example.com/hook'],
  ['HANGTAG_WEBHOOK_URL', 'httpx://example.com/hook'],
  ['HANGTAG_WEBHOOK_SECRET', `x_${SECRET}`, { HANGTAG_WEBHOOK_URL: 'https://example.com/hook' }],
  ['HANGTAG_WEBHOOK_SECRET', 'short', { HANGTAG_WEBHOOK_URL: 'https://example.com/hook' }],
  ['HANGTAG_WEBHOOK_SECRET', `x${SECRET}===`, { HANGTAG_WEBHOOK_URL: 'https://example.com/hook' }],
];

describe('The configuration', () => {
  it('has a default for every required key', () => {
    expect(parseConfig({})).to.deep.equal(DEFAULTS);
  });

  for (const [key, text, value, others] of READ) {
    it(`reads ${key}=${text}`, () => {
      expect(parseConfig({ ...others, [key]: text })[key]).to.deep.equal(value);
    });
  }

  for (const [key, text, others] of REFUSED) {
    it(`refuses ${key}=${text} with an error that names the key`, () => {
      expect(() => parseConfig({ ...others, [key]: text }))
        .to.throw(ConfigError, key)
        .with.property('name', 'ConfigError');
    });
  }

  it('asks for a second opinion only with a model and prices, since the limit of a day needs them', () => {
    const without = { HANGTAG_SECOND_OPINION: 'openai', HANGTAG_SECOND_OPINION_INPUT_USD: '0.1' };
    const model = { HANGTAG_SECOND_OPINION_MODEL: 'eye-1', HANGTAG_SECOND_OPINION_OUTPUT_USD: '0' };

    expect(() => parseConfig(without)).to.throw(ConfigError, /HANGTAG_SECOND_OPINION_MODEL: Expected/);
    expect(parseConfig({ ...without, ...model })).to.include({
      HANGTAG_SECOND_OPINION: 'openai',
      HANGTAG_SECOND_OPINION_OUTPUT_USD: 0,
    });
  });

  it('has outfits ranked only with a model and prices', () => {
    const without = { HANGTAG_OUTFIT_RANKING: 'gemini', HANGTAG_OUTFIT_RANKING_INPUT_USD: '0.1' };
    const rest = { HANGTAG_OUTFIT_RANKING_MODEL: 'words-1', HANGTAG_OUTFIT_RANKING_OUTPUT_USD: '0.4' };

    expect(() => parseConfig(without)).to.throw(ConfigError, /HANGTAG_OUTFIT_RANKING_MODEL: Expected/);
    expect(parseConfig({ ...without, ...rest })).to.include({ HANGTAG_OUTFIT_RANKING: 'gemini' });
  });

  it('lists the keys whose values are secrets', () => {
    expect(ALERT_SECRETS).to.have.members([
      'HANGTAG_SLACK_WEBHOOK_URL',
      'HANGTAG_SMTP_URL',
      'HANGTAG_WEBHOOK_URL',
      'HANGTAG_WEBHOOK_SECRET',
    ]);
  });

  it('refuses an unknown HANGTAG_ key, and ignores other variables', () => {
    expect(() => parseConfig({ HANGTAG_MAX_PIXLES: '1' })).to.throw(ConfigError, 'HANGTAG_MAX_PIXLES');
    expect(parseConfig({ PATH: '/bin', MY_HANGTAG_BUCKET: 'x', HANGTAG_BUCKET: undefined })).to.deep.equal(
      DEFAULTS,
    );
  });

  it('refuses origins that no browser sends', () => {
    const origins = 'https://shop.example, http://localhost:5173,capacitor://localhost';

    expect(parseConfig({ HANGTAG_API_ORIGINS: origins }).HANGTAG_API_ORIGINS).to.have.length(3);
    for (const origin of ['https://shop.example/', 'shop.example', '*', 'https://Shop.example', 'null'])
      expect(() => parseConfig({ HANGTAG_API_ORIGINS: origin }), origin).to.throw('HANGTAG_API_ORIGINS');
  });

  it('reports all errors together, with their reasons', () => {
    const env = { HANGTAG_TOP_K: '0', HANGTAG_TIME_ZONE: 'Mars/Olympus', HANGTAG_CATEGORY_CODES: '{' };
    expect(() => parseConfig(env)).to.throw(
      /^Expected a valid configuration but received\n {2}HANGTAG_TOP_K[\s\S]*received "Mars\/Olympus"[\s\S]*CODES[\s\S]*JSON/,
    );
  });

  it('names a key at fault and keys that do not fit each other in one message, and no secret', () => {
    const env = {
      HANGTAG_TOP_K: '0',
      HANGTAG_WEBHOOK_URL: 'https://user:s3cret@example.com/token',
      HANGTAG_SLACK_WEBHOOK_URL: 'hooks.slack.com/s3cret',
      HANGTAG_AUTO_PROCESS_AT: '2',
    };
    expect(() => parseConfig(env))
      .to.throw(ConfigError)
      .with.property('message')
      .that.includes('HANGTAG_TOP_K')
      .and.includes('Expected HANGTAG_WEBHOOK_SECRET')
      .and.not.include('s3cret')
      .and.not.include('Expected at most HANGTAG_AUTO_PROCESS_AT');
  });

  const incomplete: readonly [Record<string, string>, string][] = [
    [{ HANGTAG_QUICK_REVIEW_AT: '0.9' }, 'Expected at most HANGTAG_AUTO_PROCESS_AT'],
    [
      { HANGTAG_WEBHOOK_SECRET: SECRET },
      'HANGTAG_WEBHOOK_URL: Expected HANGTAG_WEBHOOK_URL because HANGTAG_WEBHOOK_SECRET is set',
    ],
    [
      { HANGTAG_WEBHOOK_URL: 'https://a.de' },
      'HANGTAG_WEBHOOK_SECRET: Expected HANGTAG_WEBHOOK_SECRET because HANGTAG_WEBHOOK_URL is set',
    ],
    [
      { HANGTAG_WEBHOOK_URL: 'https://a.de', HANGTAG_WEBHOOK_SECRET: 'none' },
      'Expected HANGTAG_WEBHOOK_SECRET',
    ],
    [
      { HANGTAG_SMTP_URL: 'smtp://m.de', HANGTAG_ALERT_FROM: 'a@m.de' },
      'HANGTAG_ALERT_FROM: Expected HANGTAG_ALERT_FROM and HANGTAG_ALERT_TO because HANGTAG_SMTP_URL is set',
    ],
    [
      { HANGTAG_SMTP_URL: 'smtp://m.de', HANGTAG_ALERT_TO: 'a@m.de' },
      'Expected HANGTAG_ALERT_FROM and HANGTAG_ALERT_TO',
    ],
    [
      {
        HANGTAG_CLOUD_SQL_INSTANCE: 'demo-shop:europe-west1:hangtag-wardrobe',
        HANGTAG_DATABASE_URL: 'postgres://example.com/wardrobe',
      },
      'HANGTAG_CLOUD_SQL_INSTANCE: Expected no HANGTAG_DATABASE_URL because HANGTAG_CLOUD_SQL_INSTANCE is set',
    ],
    [
      { HANGTAG_GOOGLE_CLIENT_ID: 'id', HANGTAG_TOKEN_KEY: 'k'.repeat(43) },
      'Expected HANGTAG_GOOGLE_CLIENT_SECRET and HANGTAG_TOKEN_KEY because HANGTAG_GOOGLE_CLIENT_ID is set',
    ],
    [{ HANGTAG_IMAGE_RETENTION_DAYS: '90' }, 'Expected more than HANGTAG_IMAGE_RETENTION_DAYS'],
  ];
  for (const [env, message] of incomplete) {
    it(`refuses ${Object.keys(env).join(' and ')} if another key does not match`, () => {
      expect(() => parseConfig(env)).to.throw(ConfigError, message);
    });
  }

  it('refuses an API that everybody may use as an administrator in the cloud, and not in an emulator', () => {
    const local = { HANGTAG_API_ACCESS: 'local' };

    expect(() => parseConfig({ ...local, K_SERVICE: 'api' })).to.throw(ConfigError, 'HANGTAG_API_ACCESS');
    expect(parseConfig(local)).to.include(local);
    expect(parseConfig({ ...local, K_SERVICE: 'api', FUNCTIONS_EMULATOR: 'true' })).to.include(local);
  });
});
