/** The function table, and what `firebase deploy` reads off its declarations. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { declared as declaredByEntry } from '@hangtag/functions/index.js';
import { declare } from '@hangtag/functions/platform/declare.js';
import {
  type FunctionEntry,
  isEvent,
  isListener,
  isRequest,
  isSchedule,
} from '@hangtag/functions/platform/function-entry.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { PARAMETERS, SECRETS } from '@hangtag/functions/platform/parameters.js';
import {
  SECURITY_FILE,
  TOPOLOGY_FILE,
  topologyText,
  withRolesTable,
} from '@hangtag/functions/platform/write-topology.js';
import { MemoryObjectStore } from '@hangtag/shared/adapters/memory/object-store.js';
import { ALERT_SECRETS, OPINION_SECRETS, SIGNING_SECRETS, WARDROBE_SECRETS } from '@hangtag/shared/config.js';
import { NoSuchBucket } from '@hangtag/shared/ports/object-store.js';
import { expect } from 'chai';
import type { CloudFunction } from 'firebase-functions/v2';
import functionsTest from 'firebase-functions-test';
// `wrap` takes a schedule for a function of the first generation.
import { wrapV2 } from 'firebase-functions-test/lib/v2.js';
import { BUCKET, keyOf, NAME } from '../fixtures/records.js';
import { type MemoryApp, memoryApp } from '../support/memory-app.js';
import { rejection } from '../support/rejection.js';
import { ManualClock, ScriptedClassifier } from '../support/stage.js';

const NAMES = [
  ...[
    'ingest',
    'ingestDeleted',
    'ingestArchived',
    'ingestMetadata',
    'classify',
    'classifyBackfill',
    'deadLetter',
    'organise',
    'secondOpinion',
    'learn',
  ],
  ...['sweep', 'sweepResume', 'sweepNow', 'report', 'reportNow', 'heartbeat', 'api'],
];

interface Endpoint {
  readonly platform?: string;
  readonly ingressSettings?: string | null;
  readonly timeoutSeconds?: number | null;
  readonly availableMemoryMb?: number | null;
  readonly maxInstances?: number | null;
  readonly eventTrigger?: { readonly eventType: string; readonly retry: boolean };
  readonly scheduleTrigger?: { readonly schedule: string };
  readonly secretEnvironmentVariables?: readonly { readonly key: string }[];
}

describe('The function table', () => {
  const test = functionsTest();
  after(() => test.cleanup());
  let memory: MemoryApp;
  beforeEach(() => {
    const env = { HANGTAG_BUCKET: BUCKET };
    memory = memoryApp({ clock: new ManualClock(), classifier: new ScriptedClassifier(), env });
  });

  const declared = (each: FunctionEntry) =>
    declare(each, { app: () => memory.app, parameters: PARAMETERS, secrets: SECRETS });
  const endpointOf = (each: FunctionEntry) =>
    (declared(each) as unknown as { readonly __endpoint: Endpoint }).__endpoint;
  const entryOf = (name: string): FunctionEntry => {
    const found = FUNCTIONS.find((each) => each.name === name);
    if (found === undefined) throw new Error(`Expected the function ${name}`);
    return found;
  };

  it('has the functions of the design, each once', () => {
    expect(FUNCTIONS.map(({ name }) => name)).to.have.ordered.members(NAMES);
  });

  it('is declared as it is by the entry, whose import starts nothing', () => {
    expect(Object.keys(declaredByEntry().declarations)).to.have.ordered.members(NAMES);
  });

  for (const each of FUNCTIONS) {
    it(`declares what ${each.name} may use`, () => {
      const endpoint = endpointOf(each);
      const keys = (endpoint.secretEnvironmentVariables ?? []).map(({ key }) => key);

      expect(endpoint.platform).to.equal('gcfv2');
      expect(endpoint.ingressSettings).to.equal(isListener(each) ? 'ALLOW_ALL' : 'ALLOW_INTERNAL_ONLY');
      expect(endpoint.timeoutSeconds).to.equal(each.resources.timeoutSeconds);
      expect(endpoint.maxInstances).to.equal(each.resources.maxInstances);
      expect(`${endpoint.availableMemoryMb}MiB`).to.equal(
        each.resources.memory.replace(/^(\d)GiB$/, (_, gib) => `${1024 * gib}MiB`),
      );
      expect(keys).to.have.members([...each.resources.secrets]);
      if (isEvent(each)) expect(endpoint.eventTrigger?.retry).to.equal(true);
      if (isSchedule(each)) expect(endpoint.scheduleTrigger?.schedule).to.equal(each.trigger.cron);
    });
  }

  for (const [place, secrets] of [
    ['alert-secrets', ALERT_SECRETS],
    ['signing-secrets', SIGNING_SECRETS],
    ['wardrobe-secrets', WARDROBE_SECRETS],
    ['opinion-secrets', OPINION_SECRETS],
  ] as const) {
    it(`gives the role on the ${place} to the functions that get them, and to no other`, () => {
      for (const { name, roles, resources } of FUNCTIONS) {
        const hasRole = roles.some(({ on }) => on === place);
        const gets = secrets.map((each) => resources.secrets.includes(each));
        expect(gets, name).to.deep.equal(secrets.map(() => hasRole));
      }
    });
  }

  for (const each of FUNCTIONS.filter(isEvent)) {
    it(`acknowledges an event of ${each.name} that cannot be read, and logs it as malformed`, async () => {
      const wrapped = test.wrap(declared(each) as CloudFunction<never>);

      await wrapped({ data: { not: 'expected', message: { json: { not: 'an image' } } } } as never);

      expect(memory.lines.map(({ function: name, outcome }) => ({ name, outcome }))).to.deep.equal([
        { name: each.name, outcome: 'malformed' },
      ]);
    });
  }

  for (const each of FUNCTIONS.filter(isSchedule)) {
    it(`runs ${each.name} as its schedule does, and logs one outcome`, async () => {
      const wrapped = wrapV2(declared(each) as CloudFunction<never>);

      await wrapped({ scheduleTime: '2026-01-02T02:00:00Z' } as never);

      expect(memory.lines.map(({ function: name, severity }) => ({ name, severity }))).to.deep.equal([
        { name: each.name, severity: 'INFO' },
      ]);
    });
  }

  it('fails a scheduled sweep of a bucket that does not exist, so that the schedule shows it', async () => {
    const env = { HANGTAG_BUCKET: BUCKET };
    const objects = async () => new MemoryObjectStore(new ManualClock(), []);
    const classifier = new ScriptedClassifier();
    memory = memoryApp({ clock: new ManualClock(), classifier, env, adapters: { objects } });
    const schedule = declared(entryOf('sweep')) as unknown as { run(event: object): Promise<void> };

    const error = await rejection(schedule.run({ scheduleTime: '2026-01-02T02:00:00Z' }));

    expect(error).to.be.instanceOf(NoSuchBucket);
  });

  for (const each of FUNCTIONS.filter(isRequest)) {
    it(`answers a GET of ${each.name} with 405, and logs it`, async () => {
      const answer = await request(declared(each), { method: 'GET', body: {} });

      expect(answer.status).to.equal(405);
      expect(memory.lines[0]).to.include({ function: each.name, outcome: 'refused', status: 405 });
    });
  }

  for (const each of FUNCTIONS.filter(isListener)) {
    it(`answers a path that ${each.name} does not have with 404`, async () => {
      const answer = await overHttp(declared(each), '/no/such/path');

      expect(answer.status).to.equal(404);
    });
  }

  it('is called in a test for each of its functions: all but HTTP functions through firebase-functions-test', () => {
    const called = [isEvent, isSchedule, isRequest, isListener].flatMap((isKind) => FUNCTIONS.filter(isKind));
    const isHttp = (each: FunctionEntry) => isRequest(each) || isListener(each);

    expect(called).to.have.members(FUNCTIONS);
    for (const each of FUNCTIONS.filter(isHttp)) {
      const wrap = () => test.wrap(declared(each) as CloudFunction<never>);
      expect(wrap, each.name).to.throw('only available for `onCall` HTTP functions');
    }
  });

  it('records an upload through the declared function', async () => {
    const wrapped = test.wrap(declared(entryOf('ingest')) as CloudFunction<never>);
    const object = {
      bucket: BUCKET,
      name: NAME,
      generation: '5',
      size: '3',
      timeCreated: '2026-01-02T03:04:05Z',
    };

    await wrapped({ data: object } as never);

    expect((await memory.records.get(keyOf(NAME)))?.record).to.include({ name: NAME, status: 'queued' });
    expect(memory.lines[0]).to.include({ function: 'ingest', outcome: 'queued' });
  });
});

describe('deploy/topology.json', () => {
  it('is what `npm run topology` makes of the function table', () => {
    expect(readFileSync(TOPOLOGY_FILE, 'utf8'), 'Stale: run `npm run topology`').to.equal(topologyText());
  });

  it('has an acknowledgement deadline that Pub/Sub allows, and accounts of names that IAM allows', () => {
    const { subscriptions, functions } = JSON.parse(topologyText());

    for (const { ackDeadlineSeconds } of subscriptions) expect(ackDeadlineSeconds).to.be.within(10, 600);
    for (const { serviceAccount } of functions) {
      expect(serviceAccount).to.match(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
    }
  });
});

describe('The roles in SECURITY.md', () => {
  it('are those of the function table', () => {
    const document = readFileSync(SECURITY_FILE, 'utf8');

    expect(withRolesTable(document), 'Stale: run `npm run topology`').to.equal(document);
  });
});

/** Sends a GET to a server that has only this function. */
async function overHttp(declaration: unknown, path: string): Promise<Response> {
  const server = createServer(declaration as RequestListener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return await fetch(`http://127.0.0.1:${port}${path}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Calls a declared request as Express does. */
async function request(declaration: unknown, input: { readonly method: string; readonly body: unknown }) {
  const call = declaration as (request: object, response: object) => Promise<void>;
  const answer = { status: 0, body: undefined as unknown };
  const response = {
    status(code: number) {
      answer.status = code;
      return response;
    },
    json(body: unknown) {
      answer.body = body;
    },
    on: () => response,
    getHeader: () => undefined,
    setHeader: () => undefined,
  };
  await call({ ...input, get: () => undefined, headers: {}, header: () => undefined }, response);
  return answer;
}
