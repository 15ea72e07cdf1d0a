/** Messages of a PostgreSQL client: https://www.postgresql.org/docs/current/protocol-message-formats.html */

export type Batch =
  /** Messages that the server answers together. */
  | { readonly kind: 'messages'; readonly bytes: Uint8Array; readonly rest: Buffer<ArrayBuffer> }
  | { readonly kind: 'encryption'; readonly rest: Buffer<ArrayBuffer> }
  | { readonly kind: 'end'; readonly rest: Buffer<ArrayBuffer> };

const SSL_REQUEST = 80_877_103;
/** Query and Sync: the server answers them with ReadyForQuery. */
const ANSWERED = new Set(['Q', 'S'].map((type) => type.charCodeAt(0)));
const TERMINATE = 'X'.charCodeAt(0);

/**
 * @param isStarted whether the client has sent its first message, which has no type
 * @returns undefined while the batch is not complete
 */
export function takeBatch(received: Buffer<ArrayBuffer>, isStarted: boolean): Batch | undefined {
  if (!isStarted) return takeFirst(received);
  let at = 0;
  while (received.length >= at + 5) {
    const type = received[at];
    const end = at + 1 + received.readInt32BE(at + 1);
    if (type === TERMINATE) return { kind: 'end', rest: received.subarray(end) };
    if (received.length < end) return undefined;
    at = end;
    if (type !== undefined && ANSWERED.has(type)) return messages(received, at);
  }
  return undefined;
}

function takeFirst(received: Buffer<ArrayBuffer>): Batch | undefined {
  if (received.length < 8) return undefined;
  const length = received.readInt32BE(0);
  if (received.readInt32BE(4) === SSL_REQUEST) return { kind: 'encryption', rest: received.subarray(length) };
  return received.length < length ? undefined : messages(received, length);
}

function messages(received: Buffer<ArrayBuffer>, length: number): Batch {
  return { kind: 'messages', bytes: received.subarray(0, length), rest: received.subarray(length) };
}
