/** Pub/Sub's client, for dynamic imports. See firestore/client.ts. */
export { PubSub } from '@google-cloud/pubsub';
