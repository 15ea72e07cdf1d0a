import { type CloudEventV1, HTTP } from 'cloudevents';

export interface BinaryMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A CloudEvent in HTTP binary mode. The package writes attributes as they are; the binding wants what is not printable
 * ASCII percent-encoded, and Node refuses to send it otherwise, so a name with an emoji could never be delivered.
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values
 */
export function binaryMessage<T>(event: CloudEventV1<T>): BinaryMessage {
  const { headers, body } = HTTP.binary(event);
  const encoded = Object.entries(headers).map(([key, value]) => [
    key,
    key.startsWith('ce-') ? encodeHeaderValue(String(value)) : String(value),
  ]);
  return { headers: Object.fromEntries(encoded), body: String(body) };
}

function encodeHeaderValue(value: string): string {
  return value.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}
