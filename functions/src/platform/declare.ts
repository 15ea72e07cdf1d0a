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
import type { ParameterValues, Secrets } from './parameters.js';
import type { Resources } from './resources.js';
import { runEvent, runRequest, runSchedule } from './run-function.js';
import { takeRequests } from './take-requests.js';

const require = createRequire(import.meta.url);

const ON_OBJECT = {
  finalized: onObjectFinalized,
  deleted: onObjectDeleted,
  archived: onObjectArchived,
  metadataUpdated: onObjectMetadataUpdated,
} as const satisfies Record<ObjectEventKind, unknown>;

export type Declaration = CloudFunction<never> | HttpsFunction;

/** Where the functions run. */
export interface Place {
  /** Called by the first event, so that declaring needs no configuration. */
  readonly app: () => App;
  readonly parameters: ParameterValues;
  readonly secrets: Secrets;
}

export function declare(entry: FunctionEntry, place: Place): Declaration {
  if (isRequest(entry)) return declareRequest(entry, place);
  if (isSchedule(entry)) return declareSchedule(entry, place);
  if (isListener(entry)) return declareListener(entry, place);
  return declareEvent(entry, place);
}

function declareEvent(entry: EventEntry, place: Place): CloudFunction<never> {
  const { app, parameters } = place;
  const { trigger, resources } = entry;
  const options = { ...optionsOf(resources, place), retry: true };
  const handle = (event: FunctionEvent & { readonly traceparent?: string }) =>
    runEvent(entry, event, { app: app(), traceparent: event.traceparent });
  return trigger.kind === 'object'
    ? ON_OBJECT[trigger.event]({ ...options, bucket: parameters.HANGTAG_BUCKET }, handle)
    : onMessagePublished({ ...options, topic: parameters[trigger.topic] }, handle);
}

function declareSchedule(entry: ScheduleEntry, place: Place) {
  const { cron: schedule, retries: retryCount } = entry.trigger;
  const { concurrency, ...options } = optionsOf(entry.resources, place);
  const timeZone = place.parameters.HANGTAG_TIME_ZONE;
  return onSchedule({ ...options, schedule, timeZone, retryCount }, (event) =>
    runSchedule(entry, event, { app: place.app() }),
  );
}

/** What firebase-functions needs for requests is most of it: a process that serves events starts sooner without it. */
function requests(): typeof import('firebase-functions/v2/https') {
  return require('firebase-functions/v2/https');
}

function declareRequest(entry: RequestEntry, place: Place): HttpsFunction {
  const options = { ...optionsOf(entry.resources, place), invoker: 'private' } as const;
  return requests().onRequest(options, async (request, response) => {
    const { method, body } = request;
    const traceparent = request.get('traceparent');
    const answer = await runRequest(entry, { method, body }, { app: place.app(), traceparent });
    response.status(answer.status).json(answer.body);
  });
}

/**
 * The function reads bodies itself: functions-framework's server and the local host call `listener` in place of the declaration.
 * The local host serves `classify` in the same process, so the declaration is made when it is read.
 */
function declareListener(entry: ListenerEntry, place: Place): HttpsFunction {
  const made = once(async () => entry.listener(place.app()));
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    (await made())(request, response);
  };
  takeRequests(entry.name, listener);
  let declared: HttpsFunction | undefined;
  const declaration = () => {
    const options = {
      ...optionsOf(entry.resources, place),
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

function optionsOf(
  { memory, cpu, concurrency, timeoutSeconds, maxInstances, secrets: keys }: Resources,
  { parameters, secrets }: Pick<Place, 'parameters' | 'secrets'>,
) {
  return {
    region: parameters.HANGTAG_REGION,
    ingressSettings: 'ALLOW_INTERNAL_ONLY',
    memory,
    cpu,
    concurrency,
    timeoutSeconds,
    maxInstances,
    secrets: keys.map((key) => secrets[key]).filter((secret) => secret !== undefined),
  } as const;
}
