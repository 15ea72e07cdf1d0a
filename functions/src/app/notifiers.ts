import { slackNotifier } from '@hangtag/shared/adapters/notify/slack.js';
import { webhookNotifier } from '@hangtag/shared/adapters/notify/webhook.js';
import type { Config } from '@hangtag/shared/config.js';
import { standardLog } from '@hangtag/shared/log.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { Notifier } from '@hangtag/shared/ports/notifier.js';

/** The configured channels. A channel that cannot be made is logged and left out, so that it does not stop a report. */
export async function notifiersOf(
  config: Config,
  clock: Clock,
  log: { error(line: object): void } = standardLog,
): Promise<readonly Notifier[]> {
  const { HANGTAG_SLACK_WEBHOOK_URL: slackUrl, HANGTAG_ALERT_FROM: from, HANGTAG_ALERT_TO: to } = config;
  const { HANGTAG_SMTP_URL: smtpUrl, HANGTAG_WEBHOOK_URL: url, HANGTAG_WEBHOOK_SECRET: secret } = config;
  const channels: (() => Notifier | Promise<Notifier>)[] = [];
  if (slackUrl) channels.push(() => slackNotifier(slackUrl));
  if (smtpUrl && from) {
    channels.push(async () => {
      // Imported here because no other channel needs this library.
      const { emailNotifier } = await import('@hangtag/shared/adapters/notify/email.js');
      return emailNotifier({ smtpUrl, from, to });
    });
  }
  if (url && secret) channels.push(() => webhookNotifier({ url, secret, clock }));
  const made = await Promise.allSettled(channels.map(async (make) => make()));
  return made.flatMap((result) => {
    if (result.status === 'fulfilled') return [result.value];
    log.error({ function: 'alerts', outcome: 'channel-unusable', err: result.reason });
    return [];
  });
}
