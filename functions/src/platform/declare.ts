/**
 * Makes the `firebase-functions` declaration of an entry: `firebase deploy` and the emulator suite read it, functions-framework
 * and the local host call it. Declaring starts nothing: configuration and clients are made by the first call.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { CloudFunction } from 'firebase-functions/v2/core';
import type { HttpsFunction } from 'firebase-functions/v2/https';
import { onMessagePublished } from 'firebase-functions/v2/pubsub';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import {
  onObjectArchived,
  onObjectDeleted,
  onObjectFinalized,
  onObjectMetadataUpdated,
} from 'firebase-functions/v2/storage';
import type { App } from '../app/app.js';
import { once } from '../app/once.js';
import type { ObjectEventKind } from '../ingest/command.js';
import {
  type EventEntry,
  type FunctionEntry,
  type FunctionEvent,
  isListener,
  isRequest,
  isSchedule,
  type ListenerEntry,
  type RequestEntry,
  type ScheduleEntry,
} from './function-entry.js';
import { PARAMETERS, SECRETS } from './parameters.js';
import type { Resources } from './resources.js';
import { runEvent, runRequest, runSchedule } from './run-function.js';

const require = createRequire(import.meta.url);

const ON_OBJECT = {
  finalized: onObjectFinalized,
  deleted: onObjectDeleted,
  archived: onObjectArchived,
  metadataUpdated: onObjectMetadataUpdated,
} as const satisfies Record<ObjectEventKind, unknown>;

/** @param app called by the first event, so that declaring needs no configuration */
export function declare(entry: FunctionEntry, app: () => App): CloudFunction<never> | HttpsFunction {
  if (isRequest(entry)) return declareRequest(entry, app);
  if (isSchedule(entry)) return declareSchedule(entry, app);
  if (isListener(entry)) return declareListener(entry, app);
  return declareEvent(entry, app);
}

function declareEvent(entry: EventEntry, app: () => App): CloudFunction<never> {
  const { trigger, resources } = entry;
  const options = { ...optionsOf(resources), retry: true };
  const handle = (event: FunctionEvent & { readonly traceparent?: string }) =>
    runEvent(entry, event, { app: app(), traceparent: event.traceparent });
  return trigger.kind === 'object'
    ? ON_OBJECT[trigger.event]({ ...options, bucket: PARAMETERS.HANGTAG_BUCKET }, handle)
    : onMessagePublished({ ...options, topic: PARAMETERS[trigger.topic] }, handle);
}

function declareSchedule(entry: ScheduleEntry, app: () => App) {
  const { cron: schedule, retries: retryCount } = entry.trigger;
  const { concurrency, ...options } = optionsOf(entry.resources);
  const timeZone = PARAMETERS.HANGTAG_TIME_ZONE;
  return onSchedule({ ...options, schedule, timeZone, retryCount }, (event) =>
    runSchedule(entry, event, { app: app() }),
  );
}

/** What firebase-functions needs for requests is most of it: a process that serves events starts sooner without it. */
function requests(): typeof import('firebase-functions/v2/https') {
  return require('firebase-functions/v2/https');
}

function declareRequest(entry: RequestEntry, app: () => App): HttpsFunction {
  const options = { ...optionsOf(entry.resources), invoker: 'private' } as const;
  return requests().onRequest(options, async (request, response) => {
    const { method, body } = request;
    const traceparent = request.get('traceparent');
    const answer = await runRequest(entry, { method, body }, { app: app(), traceparent });
    response.status(answer.status).json(answer.body);
  });
}

/**
 * Under functions-framework the body was read before the call. The local host calls `listener` in place of the declaration,
 * so that the function reads the body itself. It serves `classify` in the same process, so the declaration is made when it is read.
 */
function declareListener(entry: ListenerEntry, app: () => App): HttpsFunction {
  const made = once(async () => entry.listener(app()));
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    (await made())(request, response);
  };
  let declared: HttpsFunction | undefined;
  const declaration = () => {
    const options = {
      ...optionsOf(entry.resources),
      ingressSettings: 'ALLOW_ALL',
      invoker: 'public',
    } as const;
    declared ??= requests().onRequest(options, listener);
    return declared;
  };
  const call = (...[request, response]: Parameters<HttpsFunction>) => declaration()(request, response);
  return withGetters(Object.assign(call, { listener }), {
    get __endpoint() {
      return declaration().__endpoint;
    },
    get __trigger() {
      return declaration().__trigger;
    },
  });
}

/** `Object.assign` would read them. */
function withGetters<Target extends object, Getters extends object>(target: Target, getters: Getters) {
  return Object.defineProperties(target, Object.getOwnPropertyDescriptors(getters)) as Target & Getters;
}

function optionsOf({ memory, cpu, concurrency, timeoutSeconds, maxInstances, secrets }: Resources) {
  return {
    region: PARAMETERS.HANGTAG_REGION,
    ingressSettings: 'ALLOW_INTERNAL_ONLY',
    memory,
    cpu,
    concurrency,
    timeoutSeconds,
    maxInstances,
    secrets: secrets.map((key) => SECRETS[key]),
  } as const;
}
