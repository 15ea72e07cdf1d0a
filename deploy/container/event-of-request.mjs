/**
 * The CloudEvent of a request. Eventarc sends its attributes as headers; a push subscription of Pub/Sub sends only the message.
 * functions-framework reads both, but drops `deliveryAttempt` of a push, by which a redelivery is recognised.
 *
 * @param headers names in lower case
 * @param body parsed
 * @returns undefined if the request is no event
 */
export function eventOfRequest(headers, body) {
  const { traceparent } = headers;
  const attributes = Object.entries(headers).filter(([name]) => name.startsWith('ce-'));
  const named = Object.fromEntries(attributes.map(([name, value]) => [name.slice('ce-'.length), value]));
  if (NEEDED.every((name) => named[name] !== undefined)) return { traceparent, ...named, data: body };
  const { message, subscription } = body ?? {};
  if (typeof message?.messageId !== 'string') return undefined;
  return {
    traceparent,
    specversion: '1.0',
    id: message.messageId,
    source: `//pubsub.googleapis.com/${subscription}`,
    type: 'google.cloud.pubsub.topic.v1.messagePublished',
    time: message.publishTime,
    data: body,
  };
}

const NEEDED = ['id', 'source', 'specversion', 'type'];
