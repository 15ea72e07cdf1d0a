/** The form of one entry of the function table: see function-table. */
import type { RequestListener } from 'node:http';
import type { App } from '../app/app.js';
import type { ObjectEventKind } from '../ingest/command.js';
import type { Outcome } from '../records/outcome.js';
import type { Context } from './middleware.js';
import type { Resources } from './resources.js';

/** Configuration keys that name a topic with a function on it. */
export type SubscribedTopic = Exclude<TopicKey, 'HANGTAG_REPORT_TOPIC'>;

/** Configuration keys that name a topic. */
export type TopicKey =
  | 'HANGTAG_UPLOADED_TOPIC'
  | 'HANGTAG_BACKFILL_TOPIC'
  | 'HANGTAG_DEAD_LETTER_TOPIC'
  | 'HANGTAG_LABELED_TOPIC'
  | 'HANGTAG_LEARN_TOPIC'
  | 'HANGTAG_REPORT_TOPIC';

export type Trigger =
  | { readonly kind: 'object'; readonly event: ObjectEventKind }
  | {
      readonly kind: 'message';
      readonly topic: SubscribedTopic;
      /** The topic for messages whose deliveries are used up. Without it, a message is delivered for as long as Pub/Sub keeps it. */
      readonly deadLetter?: TopicKey;
      /** Another function, whose messages go first if both run on one machine. */
      readonly yieldsTo?: string;
    }
  | {
      readonly kind: 'schedule';
      /** Five fields, as in Unix cron, in HANGTAG_TIME_ZONE. */
      readonly cron: string;
      /** Further calls after one that failed. */
      readonly retries: number;
    }
  /** HTTP, for callers that the project lets invoke the function. */
  | { readonly kind: 'request' }
  /** HTTP, for everybody: the function itself decides who may do what. */
  | { readonly kind: 'public-request' };

/** One role that the service account of a function has, and nothing beyond it. */
export interface Role {
  /** Of Google Cloud's predefined roles. */
  readonly role: `roles/${string}`;
  readonly on:
    | 'database'
    | 'image-bucket'
    | 'report-bucket'
    | 'model-bucket'
    | 'alert-secrets'
    | 'signing-secrets'
    | 'wardrobe-secrets'
    | 'opinion-secrets'
    /** The instance of Cloud SQL, where the installation has one. */
    | 'wardrobe-database'
    /** The service account of the function itself. */
    | 'own-account'
    | 'project'
    | { readonly topics: readonly TopicKey[] };
  readonly why: string;
}

/** What a function is called with: the attributes of a CloudEvent that handlers read. */
export interface FunctionEvent {
  readonly data: unknown;
}

/** A scheduled call. */
export interface ScheduleEvent {
  /** RFC 3339; the same if the schedule fires twice for one time. */
  readonly scheduleTime: string;
}

export interface FunctionRequest {
  readonly method: string;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
}

interface Common {
  /** Of the function, and of its export. */
  readonly name: string;
  readonly resources: Resources;
  readonly roles: readonly Role[];
  /** A key of the configuration; the function does nothing unless it is set. */
  readonly onlyWith?: string;
  /** Prepares an instance before its first event: connections, the model. @throws the instance must not serve */
  readonly start?: (app: App) => Promise<unknown>;
}

interface Entry<T extends Trigger, Input, Output> extends Common {
  readonly trigger: T;
  /** Returning acknowledges an event; if it throws, the event is delivered again. */
  readonly handle: (input: Input, app: App, context: Context) => Promise<Output>;
}

export type EventEntry = Entry<Extract<Trigger, { kind: 'object' | 'message' }>, FunctionEvent, Outcome>;
export type ScheduleEntry = Entry<Extract<Trigger, { kind: 'schedule' }>, ScheduleEvent, Outcome>;
export type RequestEntry = Entry<Extract<Trigger, { kind: 'request' }>, FunctionRequest, Answer>;

/** A function that answers HTTP requests itself, and so streams their bodies. */
export interface ListenerEntry extends Common {
  readonly trigger: Extract<Trigger, { kind: 'public-request' }>;
  /** Called once for each application. */
  readonly listener: (app: App) => Promise<RequestListener>;
}

export type FunctionEntry = EventEntry | ScheduleEntry | RequestEntry | ListenerEntry;

export function isRequest(entry: FunctionEntry): entry is RequestEntry {
  return entry.trigger.kind === 'request';
}

export function isSchedule(entry: FunctionEntry): entry is ScheduleEntry {
  return entry.trigger.kind === 'schedule';
}

export function isListener(entry: FunctionEntry): entry is ListenerEntry {
  return entry.trigger.kind === 'public-request';
}

export function isEvent(entry: FunctionEntry): entry is EventEntry {
  return !isRequest(entry) && !isSchedule(entry) && !isListener(entry);
}
