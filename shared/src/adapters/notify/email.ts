import { createTransport } from 'nodemailer';
import type { Alert, Notifier } from '../../ports/notifier.js';
import { type Backoff, DEFAULT_BACKOFF, retrying } from './retrying.js';

export interface EmailOptions {
  /** `smtps://user:password@host:465`, or `smtp://` for STARTTLS. */
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly backoff?: Backoff;
}

const TIMEOUT_MS = 10_000;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export function emailNotifier({ smtpUrl, from, to, backoff = DEFAULT_BACKOFF }: EmailOptions): Notifier {
  const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
  const transport = createTransport({ url: secured(new URL(smtpUrl)).href, ...timeouts });
  return {
    channel: 'email',
    notify: (alert) =>
      retrying(async () => {
        await transport.sendMail({ from, to: [...to], ...mailOf(alert) });
      }, backoff),
  };
}

function secured(address: URL): URL {
  // As part of the address, whose parameters replace other options.
  if (requiresTls(address)) address.searchParams.set('requireTLS', 'true');
  return address;
}

/**
 * An attacker on the network can remove STARTTLS from a server's answer. So credentials are never sent without TLS, and
 * a message only to this machine, or if the address allows it: `smtp://relay.internal:25?ignoreTLS=true`.
 */
function requiresTls({ username, password, hostname, searchParams }: URL): boolean {
  if (username !== '' || password !== '') return true;
  return !LOOPBACK.test(hostname) && searchParams.get('ignoreTLS') !== 'true';
}

function mailOf({ id, phase, severity, condition, tenant, text, since }: Alert): object {
  const word = phase === 'resolved' ? 'resolved' : severity;
  return {
    subject: `[Hangtag ${word}] ${condition} (${tenant})`,
    text: `${text}\n\nSince ${since}. Incident ${id}.\n`,
    // Mail programs show all messages of an incident together.
    references: `<${encodeURIComponent(id)}@hangtag>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
