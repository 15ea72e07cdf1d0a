/**
 * The topics, subscriptions, schedules, resources and roles that the functions need, as data from the function table.
 * `npm run topology` writes it to deploy/topology.json for deployments; the bridge of the local stack uses it directly.
 */
import { type Config, WARDROBE_SECRETS } from '@hangtag/shared/config.js';
import type { ObjectEventKind } from '../ingest/command.js';
import {
  type EventEntry,
  type FunctionEntry,
  isEvent,
  isListener,
  isRequest,
  isSchedule,
  type Role,
} from './function-entry.js';
import { FUNCTIONS } from './function-table.js';

/** Topics and subscriptions. */
export interface Messaging {
  readonly topics: readonly string[];
  readonly subscriptions: readonly SubscriptionPlan[];
}

export interface Topology extends Messaging {
  readonly objectEvents: readonly { readonly function: string; readonly event: ObjectEventKind }[];
  readonly schedules: readonly SchedulePlan[];
  readonly functions: readonly FunctionPlan[];
  /** Secrets that an installation without a wardrobe does not have. */
  readonly wardrobeSecrets: readonly string[];
}

export interface SubscriptionPlan {
  readonly name: string;
  readonly function: string;
  readonly topic: string;
  /** How long a function may take to answer; Pub/Sub allows 10 to 600. */
  readonly ackDeadlineSeconds: number;
  readonly retry: RetryPlan;
  /** Without it, a message is delivered for as long as Pub/Sub keeps it. */
  readonly deadLetter?: { readonly topic: string; readonly maxDeliveryAttempts: number };
  /** Subscription whose messages go first if one machine serves both. */
  readonly yieldsTo?: string;
}

/** Bounds of the exponential backoff between attempts, in whole seconds as Pub/Sub counts them. */
export interface RetryPlan {
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

export interface SchedulePlan {
  readonly function: string;
  readonly cron: string;
  readonly retries: number;
}

interface FunctionPlan {
  readonly name: string;
  readonly trigger: 'event' | 'schedule' | 'request' | 'public-request';
  readonly memory: string;
  readonly cpu: number;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly maxInstances: number;
  /** Names of secrets in Secret Manager. */
  readonly secrets: readonly string[];
  /** Id of the service account: lower case, 6 to 30 characters. */
  readonly serviceAccount: string;
  readonly onlyWith?: string;
  readonly roles: readonly { readonly role: string; readonly on: string }[];
}

const RETRY: RetryPlan = { minSeconds: 1, maxSeconds: 10 };
/**
 * An outage of the bucket or of Firestore must not use up an image's deliveries: at most 10 s apart, 20 of them take
 * three minutes. An image that kills its worker is parked by its record's own count long before.
 */
const MAX_DELIVERY_ATTEMPTS = 20;

/** @param config names the topics */
export function topologyOf(config: Config, functions: readonly FunctionEntry[] = FUNCTIONS): Topology {
  const events = functions.filter(isEvent);
  return {
    topics: topicsOf(config, functions),
    subscriptions: events.flatMap((entry) => subscriptionOf(entry, config)),
    objectEvents: events.flatMap(({ name, trigger }) =>
      trigger.kind === 'object' ? [{ function: name, event: trigger.event }] : [],
    ),
    schedules: functions.filter(isSchedule).map(({ name, trigger: { cron, retries } }) => ({
      function: name,
      cron,
      retries,
    })),
    functions: functions.map((entry) => functionOf(entry, config)),
    wardrobeSecrets: WARDROBE_SECRETS,
  };
}

function topicsOf(config: Config, functions: readonly FunctionEntry[]): readonly string[] {
  const topics = functions.flatMap(({ trigger, roles }) => [
    ...(trigger.kind === 'message'
      ? [trigger.topic, ...(trigger.deadLetter ? [trigger.deadLetter] : [])]
      : []),
    ...roles.flatMap(({ on }) => (typeof on === 'object' ? on.topics : [])),
  ]);
  return [...new Set(topics.map((key) => config[key]))];
}

function subscriptionOf(
  { name, trigger, resources }: EventEntry,
  config: Config,
): readonly SubscriptionPlan[] {
  if (trigger.kind !== 'message') return [];
  const { topic, deadLetter, yieldsTo } = trigger;
  const policy = deadLetter && { topic: config[deadLetter], maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS };
  return [
    {
      name: kebabCase(name),
      function: name,
      topic: config[topic],
      ackDeadlineSeconds: resources.timeoutSeconds,
      retry: RETRY,
      ...(policy && { deadLetter: policy }),
      ...(yieldsTo && { yieldsTo: kebabCase(yieldsTo) }),
    },
  ];
}

function functionOf(entry: FunctionEntry, config: Config): FunctionPlan {
  const { decodesImages, ...resources } = entry.resources;
  return {
    name: entry.name,
    trigger: callerOf(entry),
    ...resources,
    serviceAccount: `hangtag-${kebabCase(entry.name)}`,
    ...(entry.onlyWith && { onlyWith: entry.onlyWith }),
    roles: entry.roles.flatMap((role) => grantsOf(role, config)),
  };
}

function callerOf(entry: FunctionEntry): FunctionPlan['trigger'] {
  if (isListener(entry)) return 'public-request';
  if (isRequest(entry)) return 'request';
  return isSchedule(entry) ? 'schedule' : 'event';
}

/** A role on several topics is one grant for each. */
function grantsOf({ role, on }: Role, config: Config): FunctionPlan['roles'] {
  return typeof on === 'object'
    ? on.topics.map((key) => ({ role, on: `topic:${config[key]}` }))
    : [{ role, on }];
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
