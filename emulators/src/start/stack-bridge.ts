/** Starts the bridge of a stack: it delivers the messages of every subscription to its function. */
import { carryMessages, type Route } from '../bridge/bridge.js';
import { hostOf } from '../processes/ports.js';
import type { Running } from './running.js';
import { PROJECT, type StackPlan } from './stack-plan.js';

/**
 * Concurrent messages of one function. `classify` declares 8 for an instance; 12 keep its two workers busy while other images are
 * downloaded or their labels are written.
 */
const CONCURRENCY = 12;

/** @param routes gets the route of each subscription */
export async function startBridge(
  { hidden, urlOf, topology, hooks }: StackPlan,
  running: Running,
  routes: Map<string, Route>,
): Promise<void> {
  const pubsub = { host: hostOf(hidden.pubsub), projectId: PROJECT };
  for (const subscription of topology.subscriptions) {
    const { name, yieldsTo = '' } = subscription;
    const busier = routes.get(yieldsTo);
    const options = {
      pubsub,
      subscription,
      url: urlOf(subscription.function),
      concurrency: CONCURRENCY,
      ...(busier && { yieldsTo: busier }),
    };
    const start = () => running.add(carryMessages(options), (route) => route.stop());
    const held = hooks.heldUntil?.[name];
    if (held === undefined) routes.set(name, await start());
    else void held.then(start);
  }
}
