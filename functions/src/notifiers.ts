/** The channels that the configuration names: none, one or all. */

import type { EmailOptions } from '@hangtag/shared/adapters/notify/email.js';
import { slackNotifier } from '@hangtag/shared/adapters/notify/slack.js';
import { webhookNotifier } from '@hangtag/shared/adapters/notify/webhook.js';
import type { Config } from '@hangtag/shared/config.js';
import { ConfigError } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { Notifier } from '@hangtag/shared/ports/notifier.js';

/** @throws {ConfigError} a receiver without the secret to sign with: nobody would believe what it is told */
export async function notifiersOf(config: Config, clock: Clock): Promise<readonly Notifier[]> {
  const { HANGTAG_SLACK_WEBHOOK_URL: slackUrl, HANGTAG_ALERT_FROM: from, HANGTAG_ALERT_TO: to } = config;
  const { HANGTAG_SMTP_URL: smtpUrl, HANGTAG_WEBHOOK_URL: url, HANGTAG_WEBHOOK_SECRET: secret } = config;
  if (url && !secret)
    throw new ConfigError('Expected HANGTAG_WEBHOOK_SECRET, since HANGTAG_WEBHOOK_URL is set');
  return [
    ...(slackUrl ? [slackNotifier(slackUrl)] : []),
    ...(smtpUrl && from ? [await emailTo({ smtpUrl, from, to })] : []),
    ...(url && secret ? [webhookNotifier({ url, secret, clock })] : []),
  ];
}

/** The one channel with a library of its own. */
async function emailTo(options: EmailOptions): Promise<Notifier> {
  const { emailNotifier } = await import('@hangtag/shared/adapters/notify/email.js');
  return emailNotifier(options);
}
