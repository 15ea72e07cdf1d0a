import { createTransport } from 'nodemailer';
import type { Alert, Notifier } from '../../ports/notifier.js';
import { type Backoff, DEFAULT_BACKOFF, retrying } from './post.js';

export interface EmailOptions {
  /** `smtps://user:password@host:465`, or `smtp://` with STARTTLS where the server offers it. */
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly backoff?: Backoff;
}

const TIMEOUT_MS = 10_000;

export function emailNotifier({ smtpUrl, from, to, backoff = DEFAULT_BACKOFF }: EmailOptions): Notifier {
  const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
  const transport = createTransport({ url: smtpUrl, ...timeouts });
  return {
    channel: 'email',
    notify: (alert) =>
      retrying(async () => {
        await transport.sendMail({ from, to: [...to], ...mailOf(alert) });
      }, backoff),
  };
}

function mailOf({ id, phase, severity, condition, tenant, text, since }: Alert): object {
  const word = phase === 'resolved' ? 'resolved' : severity;
  return {
    subject: `[Hangtag ${word}] ${condition} (${tenant})`,
    text: `${text}\n\nSince ${since}. Incident ${id}.\n`,
    // Mail programs show the messages about one incident together.
    references: `<${encodeURIComponent(id)}@hangtag>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
