import { createHmac } from 'node:crypto';
import type { Clock } from '../../ports/clock.js';
import type { Notifier } from '../../ports/notifier.js';
import { postJson } from './post.js';
import { type Backoff, DEFAULT_BACKOFF } from './retrying.js';

export interface WebhookOptions {
  readonly url: string;
  /** Base64, as `whsec_...` in the notation of Standard Webhooks. */
  readonly secret: string;
  readonly clock: Clock;
  readonly backoff?: Backoff;
}

/**
 * Any HTTP receiver. Messages are signed by https://www.standardwebhooks.com: HMAC-SHA256 over id, timestamp and body. Its
 * libraries verify the signature and refuse old messages.
 */
export function webhookNotifier({ url, secret, clock, backoff = DEFAULT_BACKOFF }: WebhookOptions): Notifier {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return {
    channel: 'webhook',
    async notify(alert) {
      const id = `${alert.id}/${alert.phase}`;
      const timestamp = String(Math.floor(clock.now() / 1000));
      const body = JSON.stringify(alert);
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      };
      await postJson({ url, body, headers }, backoff);
    },
  };
}
