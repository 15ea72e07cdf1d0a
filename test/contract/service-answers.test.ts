/**
 * How adapters treat error answers. If a retry can succeed, they throw a `TransientError` that names the failed action; otherwise
 * they throw the error of the client.
 */

import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { PubSub } from '@google-cloud/pubsub';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { FirestoreAlertStore } from '@hangtag/shared/adapters/firestore/alert-store.js';
import { FirestoreDayRecords } from '@hangtag/shared/adapters/firestore/day-records.js';
import { FirestoreErasureStore } from '@hangtag/shared/adapters/firestore/erasure-store.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreReportArchive } from '@hangtag/shared/adapters/firestore/report-archive.js';
import { FirestoreSpending } from '@hangtag/shared/adapters/firestore/spending.js';
import { FirestoreSweepStore } from '@hangtag/shared/adapters/firestore/sweep-store.js';
import { GcsFileStore } from '@hangtag/shared/adapters/gcs/file-store.js';
import { GcsObjectCopier } from '@hangtag/shared/adapters/gcs/object-copier.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { PubSubPublisher } from '@hangtag/shared/adapters/pubsub/publisher.js';
import type { AlertState } from '@hangtag/shared/domain/alerts/alert-state.js';
import { DEFAULT_TENANT as TENANT } from '@hangtag/shared/domain/identity.js';
import type { RecordVersion } from '@hangtag/shared/domain/record.js';
import { onClaim } from '@hangtag/shared/domain/sweep-claim.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { AlertVersion } from '@hangtag/shared/ports/alert-store.js';
import type { ArchivedReport } from '@hangtag/shared/ports/report-archive.js';
import type { SweepVersion } from '@hangtag/shared/ports/sweep-store.js';
import { expect } from 'chai';
import { DAY, summaryOf, WINDOW } from '../fixtures/day-rows.js';
import { aNewRecord, BUCKET, generation, keyOf } from '../fixtures/records.js';
import { rejection } from '../support/rejection.js';
import { request } from '../support/sweep-world.js';

type Server = HttpServer | Http2Server;

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Answers every call with a gRPC status and no message. */
function grpcAnswering(code: number): Http2Server {
  return createHttp2Server().on('stream', (stream) =>
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code) },
      { endStream: true },
    ),
  );
}

function httpAnswering(status: number): HttpServer {
  return createServer((incoming, response) => {
    incoming.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
}

async function drained(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of rows);
}

/** The key says in words what each call does. */
type Calls = Readonly<Record<string, () => Promise<unknown>>>;

interface Service {
  /** Calls that the client gives up soon after an answer that can be retried. */
  readonly triedOnce: Calls;
  /** Calls that the client retries for half a minute and longer, unless the answer cannot be retried. */
  readonly triedAgain: Calls;
  readonly close: () => Promise<void>;
}

const KEY = keyOf('a.jpg');
/** Written in the same request: each write of a failed request gets the error. */
const OTHER = keyOf('b.jpg');

function firestore(host: string): Service {
  const client = ownerClient({ host, projectId: 'demo-answers' });
  const records = new FirestoreRecordStore(client);
  const days = new FirestoreDayRecords(client);
  const reports = new FirestoreReportArchive(client);
  const alerts = new FirestoreAlertStore(client);
  const erasures = new FirestoreErasureStore(client);
  const sweeps = new FirestoreSweepStore(client);
  const spending = new FirestoreSpending(client);
  const sweep = onClaim(undefined, request({ bucket: BUCKET }), { holder: 'h', nowMs: 1, leaseMs: 1 }).state;
  const version = '1.5';
  const alert: AlertState = {
    condition: 'drift',
    phase: 'quiet',
    since: 1,
    announcedAt: null,
    claimedUntil: null,
    severity: 'warning',
    text: '',
    values: {},
  };
  const archived = { report: { day: DAY }, summary: summaryOf([]), files: {}, expireAt: 1 };
  const triedOnce: Calls = {
    [`create record ${KEY.imageId}`]: () => records.create(KEY, aNewRecord()),
    [`create record ${OTHER.imageId}`]: () => records.create(OTHER, aNewRecord()),
    [`update record ${KEY.imageId}`]: () =>
      records.update(KEY, { set: { attempts: 1 } }, version as RecordVersion),
    'list tenants': () => days.tenants(),
    [`save the report of ${DAY}`]: () => reports.save(TENANT, archived as unknown as ArchivedReport),
    [`keep that the report of ${DAY} is announced`]: () => reports.markAnnounced(TENANT, DAY),
    'write the alert drift': () => alerts.put(TENANT, alert, version as AlertVersion),
    'write the audit of an erasure': () => erasures.audit(TENANT, { images: 1, days: [DAY] }),
    [`create sweep of ${BUCKET}`]: () => sweeps.create(sweep),
    [`update sweep of ${BUCKET}`]: () => sweeps.update(sweep, version as SweepVersion),
  };
  const triedAgain: Calls = {
    [`read record ${KEY.imageId}`]: () => records.get(KEY),
    [`aggregate records of ${BUCKET}`]: () => records.digest({ bucket: BUCKET, from: '' }),
    [`read records of ${BUCKET}`]: () => drained(records.scan({ bucket: BUCKET, from: '' })),
    [`count records of ${BUCKET}`]: () => records.count({ bucket: BUCKET, from: '' }),
    [`read models of ${BUCKET}`]: () => records.nextModel(BUCKET, ''),
    [`count records of ${TENANT}`]: () => days.count(TENANT, WINDOW),
    'read records of a day': () => drained(days.rows(TENANT, WINDOW)),
    [`read the report of ${DAY}`]: () => reports.find(TENANT, DAY),
    [`read the reports before ${DAY}`]: () => reports.summaries(TENANT, [DAY]),
    [`look up the latest report of ${TENANT}`]: () => reports.latest(TENANT),
    'read the alert drift': () => alerts.get(TENANT, 'drift'),
    'look up the records of an owner': () => drained(erasures.owned(TENANT, 'desk-7')),
    [`read sweep of ${BUCKET}`]: () => sweeps.get(BUCKET),
    'count the images of all tenants': () => spending.imagesSince(0),
    [`count the images of ${TENANT}`]: () => spending.imagesSince(0, TENANT),
  };
  return { triedOnce, triedAgain, close: () => client.terminate() };
}

function pubsub(host: string): Service {
  const client = new PubSub({ projectId: 'demo-answers', apiEndpoint: host, emulatorMode: true });
  const publisher = new PubSubPublisher(client);
  return {
    triedOnce: {},
    triedAgain: { 'publish to images': () => publisher.publish('images', { data: {} }) },
    close: () => client.close(),
  };
}

function cloudStorage(host: string): Service {
  const storage = storageClient({ apiEndpoint: `http://${host}`, projectId: 'demo-answers' });
  const objects = new GcsObjectStore(storage);
  const copier = new GcsObjectCopier(storage);
  const files = new GcsFileStore(storage.bucket(BUCKET));
  const version = { bucket: BUCKET, name: 'a.jpg', generation: generation(5) };
  const copy = { name: 'b.jpg', contentType: 'image/jpeg', metadata: {}, ifGeneration: generation(0) };
  const write = async () => {
    const sink = files.create('report.json', 'application/json');
    await sink.write('{}');
    return sink.close();
  };
  const triedOnce: Calls = {
    [`read ${BUCKET}/a.jpg`]: () => objects.read(version, 1_000),
    [`look up ${BUCKET}/a.jpg`]: () => objects.stat(BUCKET, 'a.jpg'),
    [`list ${BUCKET}`]: () => objects.list(BUCKET, {}),
    [`write ${BUCKET}/a.jpg`]: () =>
      objects.write({ ...version, bytes: Uint8Array.of(1) }, { ifGeneration: generation(5) }),
    [`delete ${BUCKET}/a.jpg`]: () => objects.remove(version),
    [`copy ${BUCKET}/a.jpg`]: () => copier.copy(version, copy),
    'write report.json': write,
    'delete report.json': () => files.remove('report.json'),
  };
  return { triedOnce, triedAgain: {}, close: async () => undefined };
}

/**
 * One status that can be retried and one that cannot: in gRPC unknown and permission denied. Pub/Sub's client gives up on the
 * former only after 20 s.
 */
const SERVICES = [
  { name: 'Firestore', answering: grpcAnswering, open: firestore, passing: 2, lasting: 7 },
  { name: 'Pub/Sub', answering: grpcAnswering, open: pubsub, passing: undefined, lasting: 7 },
  { name: 'Cloud Storage', answering: httpAnswering, open: cloudStorage, passing: 503, lasting: 403 },
] as const;

for (const { name, answering, open, passing, lasting } of SERVICES) {
  describe(`Adapters of ${name}, given an error`, () => {
    let server: Server;
    let service: Service;

    async function serve(status: number): Promise<Service> {
      server = answering(status);
      service = open(`127.0.0.1:${await portOf(server)}`);
      return service;
    }
    async function errorsOf(calls: Calls): Promise<ReadonlyMap<string, unknown>> {
      const failures = Object.entries(calls).map(
        async ([doing, call]) => [doing, await rejection(call())] as const,
      );
      return new Map(await Promise.all(failures));
    }

    afterEach(async () => {
      await service.close();
      server.close();
    });

    const sayItCanPass = async (status: number) => {
      const { triedOnce } = await serve(status);
      for (const [doing, error] of await errorsOf(triedOnce)) {
        expect(error, doing).to.be.instanceOf(TransientError);
        expect(String(error)).to.match(new RegExp(`^TransientError: Could not ${doing}: .+`));
        expect(error).to.have.property('cause').that.is.instanceOf(Error);
      }
    };
    if (passing !== undefined)
      it('that can be retried, throw a transient error that says what could not be done', () =>
        sayItCanPass(passing));

    it('that cannot be retried, throw it unchanged', async () => {
      const { triedOnce, triedAgain } = await serve(lasting);
      for (const [doing, error] of await errorsOf({ ...triedOnce, ...triedAgain })) {
        expect(error, doing).to.be.instanceOf(Error).and.not.instanceOf(TransientError);
        expect((error as { code?: unknown }).code, doing).to.equal(lasting);
      }
    });
  });
}
