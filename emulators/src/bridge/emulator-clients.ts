import { PubSub, v1 } from '@google-cloud/pubsub';
import type { PubsubAddress } from './addresses.js';

/** By default a client waits up to two minutes between attempts to reach an emulator that was restarted. */
const QUICK_RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };

export async function publisherClient(address: PubsubAddress): Promise<v1.PublisherClient> {
  return new v1.PublisherClient(await emulatorConfig(address));
}

export async function subscriberClient(address: PubsubAddress): Promise<v1.SubscriberClient> {
  return new v1.SubscriberClient(await emulatorConfig(address));
}

/** Without encryption and credentials. Only the class PubSub can make this configuration for the generated clients. */
async function emulatorConfig({ host, projectId }: PubsubAddress) {
  const pubsub = new PubSub({ apiEndpoint: `http://${host}`, emulatorMode: true, projectId });
  const { port, ...config } = await pubsub.getClientConfig();
  return { ...config, port: Number(port), ...QUICK_RECONNECT };
}
