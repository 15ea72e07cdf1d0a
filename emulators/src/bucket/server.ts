/**
 * A bucket server: the part of Cloud Storage's JSON API and XML API that `@google-cloud/storage`, `gcloud storage` and
 * `curl` use. Its files survive a restart and a `kill -9`. Why it exists: docs/decisions/bucket-server.md.
 *
 * The data directory contains `journal.jsonl` (one line per change), `content/` (bytes under random names, never changed),
 * `uploads/` (resumable uploads) and `lock`. The steps of an upload:
 *
 *     bytes -> content file and checksum -> checks -> journal line with object and events -> answer -> events
 */

import { mkdir } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import type { Transform } from 'node:stream';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { type Allowed, onlyLocal } from '../only-local.js';
import { lockFile } from '../processes/file-lock.js';
import { BucketStore } from './bucket-store.js';
import { Catalog } from './catalog.js';
import { ContentFiles, type Durability } from './content-files.js';
import { isConfiguredOrigin } from './cors.js';
import type { ServerParts } from './exchange.js';
import { Journal } from './journal.js';
import { type EventSink, Outbox } from './outbox.js';
import { type JournalEntry, journalEntrySchema } from './record.js';
import { ResumableSessions } from './resumable-sessions.js';
import { answer } from './router.js';
import { ObjectStore } from './store.js';

/** Hooks for tests that inject faults. */
export interface ServerHooks {
  /** Called before a request is handled. True: the hook has answered it. */
  readonly beforeRequest?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** A stream that a download of this many bytes passes through. */
  readonly onDownload?: (bytes: number) => Transform | undefined;
  /** Called before a write of this many bytes. An error that it throws is thrown by the write. */
  readonly beforeDiskWrite?: (bytes: number) => void;
}

export interface BucketServerOptions {
  readonly dataDir: string;
  /** The default is loopback, because the server accepts requests without credentials. */
  readonly host?: string;
  /** Which requests are accepted besides those of local programs and pages. */
  readonly allowed?: Allowed;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Gets every event at least once, until its promise resolves. Without a sink, events are not stored. */
  readonly onEvent?: EventSink;
  /** The default is `process-crash`. */
  readonly durability?: Durability;
  readonly maxObjectBytes?: number;
  readonly hooks?: ServerHooks;
  readonly nowMs?: () => number;
  /** The project that tokens of Firebase Auth must be for. The default is any. */
  readonly projectId?: string;
  /** Gets the errors of the server itself (answered 5xx). */
  readonly onError?: (error: unknown) => void;
}

export interface BucketServer {
  /** For STORAGE_EMULATOR_HOST. Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** The number of events without an acknowledgement. */
  readonly pendingEvents: () => number;
  /** Accepts no more requests, waits a second for running ones, closes every socket and file. */
  readonly close: () => Promise<void>;
}

const FIVE_TEBIBYTES = 5 * 1024 ** 4;
const CLOSE_GRACE_MS = 1000;

/** @throws {UnavailableError} another server uses the directory, or the journal is damaged. @throws {Error} the port is taken. */
export async function startBucketServer(options: BucketServerOptions): Promise<BucketServer> {
  await mkdir(options.dataDir, { recursive: true });
  // A second server would remove the newest files of the first as unknown.
  const lock = await lockFile(join(options.dataDir, 'lock'));
  if (lock.kind === 'held') {
    throw new UnavailableError(
      `Expected ${options.dataDir} to be free but process ${lock.by.pid} serves it. Stop it, or use another directory`,
    );
  }
  try {
    return await start(options, lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function start(options: BucketServerOptions, unlock: () => Promise<void>): Promise<BucketServer> {
  let url = '';
  const stores = await openStores(options, () => url);
  const http = await listen(options, requestListener(options, stores.parts));
  const port = portOf(http);
  url = `http://${options.host ?? '127.0.0.1'}:${port}`;
  stores.outbox?.start();
  return {
    url,
    port,
    pendingEvents: () => stores.catalog.pendingEvents.size,
    close: async () => {
      await stop(http);
      await stores.journal.close();
      await stores.parts.contents.close();
      await unlock();
    },
  };
}

async function openStores(options: BucketServerOptions, baseUrl: () => string) {
  const {
    dataDir,
    durability = 'process-crash',
    maxObjectBytes = FIVE_TEBIBYTES,
    nowMs = Date.now,
    onEvent,
  } = options;
  const beforeWrite = options.hooks?.beforeDiskWrite;
  const catalog = new Catalog();
  const journal = await Journal.open<JournalEntry>({
    path: join(dataDir, 'journal.jsonl'),
    durability,
    parse: (line) => journalEntrySchema.parse(JSON.parse(line)),
    apply: (entry) => catalog.apply(entry),
    snapshot: () => catalog.snapshot(),
    beforeWrite,
  });
  const contents = new ContentFiles({ directory: join(dataDir, 'content'), durability, beforeWrite });
  await contents.start(new Set(catalog.contentIds()));
  const outbox = onEvent && new Outbox({ sink: onEvent, catalog, journal, baseUrl });
  const objects = new ObjectStore({ catalog, journal, contents, outbox, nowMs });
  const buckets = new BucketStore({ catalog, journal, nowMs });
  const sessions = new ResumableSessions({
    directory: join(dataDir, 'uploads'),
    contents,
    objects,
    maxObjectBytes,
    nowMs,
  });
  await sessions.start();
  const onDownload = options.hooks?.onDownload;
  const { projectId } = options;
  const parts: ServerParts = {
    buckets,
    objects,
    contents,
    sessions,
    maxObjectBytes,
    baseUrl,
    nowMs,
    projectId,
    onDownload,
  };
  return { parts, catalog, journal, outbox };
}

/**
 * A browser must neither guess that stored content is HTML nor run scripts in it, send its forms or load anything for it. A
 * report is stored content too: styles and pictures inside a page are shown, and its links to files beside it work. For these
 * the page keeps its origin, which no script can use.
 */
const INERT = {
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "sandbox allow-same-origin allow-downloads; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
};

function requestListener(options: BucketServerOptions, parts: ServerParts): RequestListener {
  const { hooks, onError, allowed } = options;
  const listener: RequestListener = async (request, response) => {
    for (const [name, value] of Object.entries(INERT)) response.setHeader(name, value);
    if (await hooks?.beforeRequest?.(request, response)) return;
    const failure = await answer(parts, request, response);
    if (failure !== undefined) onError?.(failure);
  };
  const origin = (page: string, url: string) => isConfiguredOrigin(page, url, parts);
  return onlyLocal(listener, { origin, ...allowed });
}

async function listen(
  { host = '127.0.0.1', port = 0 }: BucketServerOptions,
  listener: RequestListener,
): Promise<Server> {
  // No time limit for a request: an upload can have gigabytes. Idle connections are kept longer than clients keep them.
  const http = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 }, listener);
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  });
  return http;
}

function portOf(http: Server): number {
  const address = http.address();
  if (address === null || typeof address === 'string')
    throw new Error('Expected the server to listen on a port');
  return address.port;
}

async function stop(http: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    http.close(() => resolve());
  });
  http.closeIdleConnections();
  const grace = setTimeout(() => http.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
}
