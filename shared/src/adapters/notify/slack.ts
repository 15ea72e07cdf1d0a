import type { Alert, Notifier } from '../../ports/notifier.js';
import { postJson } from './post.js';
import { type Backoff, DEFAULT_BACKOFF } from './retrying.js';

const SIGN = { info: ':information_source:', warning: ':warning:', critical: ':rotating_light:' } as const;

/** A Slack incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackNotifier(url: string, backoff: Backoff = DEFAULT_BACKOFF): Notifier {
  return {
    channel: 'slack',
    notify: (alert) => postJson({ url, body: JSON.stringify(messageOf(alert)) }, backoff),
  };
}

function messageOf({ phase, severity, condition, tenant, text }: Alert): object {
  const sign = phase === 'resolved' ? ':white_check_mark:' : SIGN[severity];
  const title = phase === 'resolved' ? `Resolved: ${condition}` : condition;
  const line = `${sign} *${title}* (${tenant})\n${escaped(text)}`;
  return { text: line, unfurl_links: false };
}

/** Slack's three control characters: an unescaped `<!channel>` would notify everybody. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
