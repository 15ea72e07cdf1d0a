/** The bridges of a stack: the messages of every subscription to the function that takes them. */
import { carryMessages, type Route } from '../bridge/bridge.js';
import { LOCAL_TOPOLOGY } from '../bridge/topology.js';
import type { Running } from './running.js';
import { PROJECT, type StackPlan } from './stack-plan.js';

/**
 * Messages at one function at once. An instance of `classify` declares 8; half as many again keep its two workers busy
 * where images wait for company on their way in and their labels on their way out.
 */
const CONCURRENCY = 12;
/** A backlog has all that is left over by what was uploaded now. */
const GIVES_WAY_TO: Readonly<Record<string, string>> = { 'classify-backfill': 'classify' };

export async function startBridge({ env, urls, hooks }: StackPlan, running: Running): Promise<void> {
  const functionOf: Readonly<Record<string, string>> = {
    classify: `${urls.classify}/classify`,
    'classify-backfill': `${urls.classify}/classifyBackfill`,
    organise: `${urls.functions}/organise`,
    'dead-letter': `${urls.functions}/deadLetter`,
  };
  const pubsub = { host: env.PUBSUB_EMULATOR_HOST, projectId: PROJECT };
  const routes = new Map<string, Route>();
  for (const subscription of (hooks.topology ?? LOCAL_TOPOLOGY).subscriptions) {
    const { name } = subscription;
    const url = functionOf[name];
    if (url === undefined) throw new RangeError(`Expected a function for the subscription ${name}`);
    const givesWayTo = routes.get(GIVES_WAY_TO[name] ?? '');
    const options = {
      pubsub,
      subscription,
      url,
      concurrency: CONCURRENCY,
      ...(givesWayTo && { givesWayTo }),
    };
    const start = () => running.add(carryMessages(options), (route) => route.stop());
    const held = hooks.heldUntil?.[name];
    if (held === undefined) routes.set(name, await start());
    else void held.then(start);
  }
}
