/** Address of a Pub/Sub emulator, and the project whose topics are used. */
export interface PubsubAddress {
  /** `127.0.0.1:8085` */
  readonly host: string;
  readonly projectId: string;
}

export function topicPath({ projectId }: PubsubAddress, topic: string): string {
  return `projects/${projectId}/topics/${topic}`;
}

export function subscriptionPath({ projectId }: PubsubAddress, subscription: string): string {
  return `projects/${projectId}/subscriptions/${subscription}`;
}
