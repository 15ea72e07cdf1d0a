/** Pub/Sub's client, for whoever loads it when needed; by name, as that of Firestore is. */
export { PubSub } from '@google-cloud/pubsub';
