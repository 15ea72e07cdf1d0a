import { readFileSync } from 'node:fs';
import { notifiersOf } from '@hangtag/functions/app/notifiers.js';
import { newDocument } from '@hangtag/shared/adapters/firestore/record-document.js';
import { ALERT_SECRETS, parseConfig } from '@hangtag/shared/config.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { expect } from 'chai';
import { aNewRecord, UPLOADED_AT } from '../fixtures/records.js';

interface Rule {
  readonly action: { readonly type: string };
  readonly condition: { readonly age: number };
}

const SECRET = Buffer.alloc(24).toString('base64');
const read = (path: string) => JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
const deletedAfter = (path: string): number | undefined =>
  (read(path).lifecycle.rule as Rule[]).find(({ action }) => action.type === 'Delete')?.condition.age;

describe('The retention', () => {
  const { HANGTAG_IMAGE_RETENTION_DAYS: images, HANGTAG_RECORD_RETENTION_DAYS: records } = parseConfig({});

  it('is the same in the lifecycle rules and in the report: images 30 days, reports 90', () => {
    expect(deletedAfter('deploy/retention/images-bucket.json')).to.equal(images).and.to.equal(30);
    expect(deletedAfter('deploy/retention/reports-bucket.json')).to.equal(records).and.to.equal(90);
  });

  it('is a TTL policy on every collection with an expireAt', () => {
    const { fieldOverrides } = read('firestore.indexes.json');
    const expiring = { fieldPath: 'expireAt', ttl: true, indexes: [] };
    for (const collectionGroup of ['images', 'reports', 'claims'])
      expect(fieldOverrides).to.deep.include({ collectionGroup, ...expiring });
  });

  it('is written into a new record as expireAt', () => {
    const { expireAt } = newDocument(aNewRecord(), 1_000);
    expect(expireAt.toMillis()).to.equal(UPLOADED_AT + 1_000);
  });

  it('must be longer for records than for images, or the sweep would create the record again', () => {
    const env = { HANGTAG_IMAGE_RETENTION_DAYS: '90', HANGTAG_RECORD_RETENTION_DAYS: '90' };
    expect(() => parseConfig(env)).to.throw('Expected more than HANGTAG_IMAGE_RETENTION_DAYS');
    expect(() => parseConfig({ ...env, HANGTAG_RECORD_RETENTION_DAYS: '91' })).not.to.throw();
  });
});

describe('The configuration of alerts', () => {
  it('is refused if settings of a channel are missing, with all errors', () => {
    const env = { HANGTAG_WEBHOOK_SECRET: SECRET, HANGTAG_SMTP_URL: 'smtp://mail.example.com' };
    expect(() => parseConfig(env)).to.throw(/HANGTAG_WEBHOOK_URL[\s\S]*HANGTAG_ALERT_FROM/);
  });

  it('leaves out a channel that cannot be made, and logs it', async () => {
    const slack = 'https://slack.example.com/x';
    const config = {
      ...parseConfig({ HANGTAG_SLACK_WEBHOOK_URL: slack }),
      HANGTAG_SMTP_URL: 'no address',
      HANGTAG_ALERT_FROM: 'a@example.com',
    };
    const lines: object[] = [];

    const notifiers = await notifiersOf(config, systemClock, { error: (line: object) => lines.push(line) });

    expect(notifiers.map(({ channel }) => channel)).to.deep.equal(['slack']);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ outcome: 'channel-unusable' });
  });

  it('has no channel whose secret is "none"', async () => {
    const unused = Object.fromEntries(ALERT_SECRETS.map((name) => [name, 'none']));
    expect(await notifiersOf(parseConfig(unused), systemClock)).to.deep.equal([]);

    const slack = { ...unused, HANGTAG_SLACK_WEBHOOK_URL: 'https://slack.example.com/x' };
    const channels = (await notifiersOf(parseConfig(slack), systemClock)).map(({ channel }) => channel);
    expect(channels, 'control').to.deep.equal(['slack']);
  });

  it('is refused if a time zone, a list of codes or an address is invalid', () => {
    const env = {
      HANGTAG_TIME_ZONE: 'Mars/Olympus',
      HANGTAG_TENANT_TIME_ZONES: '{"acme": "Venus/Aphrodite"}',
      HANGTAG_CATEGORY_CODES: '{',
      HANGTAG_SLACK_WEBHOOK_URL: 'hooks',
    };
    expect(() => parseConfig(env)).to.throw(
      /Mars\/Olympus[\s\S]*Venus\/Aphrodite[\s\S]*CATEGORY_CODES[\s\S]*SLACK/,
    );
  });
});
