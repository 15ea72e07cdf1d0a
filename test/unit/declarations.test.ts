/** What `firebase deploy` reads off the entry, and what a declared function does with an event it cannot use. */
import * as declarations from '@hangtag/functions/index.js';
import { ALERT_SECRETS } from '@hangtag/shared/config.js';
import { standardLog } from '@hangtag/shared/log.js';
import { expect } from 'chai';
import functionsTest from 'firebase-functions-test';

interface Endpoint {
  readonly platform?: string;
  readonly availableMemoryMb?: number | null;
  readonly timeoutSeconds?: number | null;
  readonly maxInstances?: number | null;
  readonly ingressSettings?: string | null;
  readonly eventTrigger?: { readonly eventType: string; readonly retry: boolean };
  readonly scheduleTrigger?: { readonly schedule: string };
  readonly secretEnvironmentVariables?: readonly { readonly key: string }[];
}

const ENDPOINTS = Object.entries(declarations).map(
  ([name, declared]) => [name, (declared as { readonly __endpoint: Endpoint }).__endpoint] as const,
);

describe('The declarations', () => {
  const test = functionsTest();
  const { level } = standardLog;
  before(() => {
    standardLog.level = 'silent';
  });
  after(() => {
    standardLog.level = level;
    test.cleanup();
  });

  it('are the functions of the design', () => {
    expect(ENDPOINTS.map(([name]) => name)).to.include.members([
      'ingest',
      'ingestDeleted',
      'ingestArchived',
      'ingestMetadata',
      'classify',
      'deadLetter',
      'sweep',
      'report',
    ]);
  });

  for (const [name, endpoint] of ENDPOINTS) {
    it(`say of ${name} what it may use`, () => {
      expect(endpoint.platform).to.equal('gcfv2');
      expect(endpoint.availableMemoryMb, 'memory').to.be.within(256, 1024);
      expect(endpoint.timeoutSeconds, 'timeout').to.be.a('number');
      expect(endpoint.maxInstances, 'most instances').to.be.a('number');
      expect(endpoint.ingressSettings, 'ingress').to.equal('ALLOW_INTERNAL_ONLY');
    });
  }

  it('give the credentials of the alert channels to those that tell people, and to no other', () => {
    const keys = ({ secretEnvironmentVariables: secrets = [] }: Endpoint) => secrets.map(({ key }) => key);
    const trusted = ENDPOINTS.filter(([, endpoint]) => keys(endpoint).length > 0);

    for (const [name, endpoint] of trusted) expect(keys(endpoint), name).to.have.members(ALERT_SECRETS);
    expect(trusted.map(([name]) => name)).to.have.members([
      ...[
        'ingest',
        'ingestDeleted',
        'ingestArchived',
        'ingestMetadata',
        'classify',
        'classifyBackfill',
        'heartbeat',
        'report',
        'reportNow',
      ],
      ...['sweep', 'sweepResume', 'sweepNow'],
    ]);
  });

  for (const [name, endpoint] of ENDPOINTS.filter(([, { eventTrigger }]) => eventTrigger)) {
    it(`have the events of ${name} delivered until they are taken`, () => {
      expect(endpoint.eventTrigger?.retry).to.equal(true);
    });
  }

  it('acknowledge a storage event that is none', async () => {
    const ingest = test.wrap(declarations.ingest);

    const answer = await ingest({ data: { bucket: 'b', name: '' } });

    expect(answer).to.equal(undefined);
  });

  it('acknowledge a message that is none', async () => {
    const classify = test.wrap(declarations.classify);

    const answer = await classify({ data: { message: { json: { not: 'an image' } } } });

    expect(answer).to.equal(undefined);
  });
});
