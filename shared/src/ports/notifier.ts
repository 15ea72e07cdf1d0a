import type { TenantId } from '../domain/identity.js';
import type { Condition, Severity } from '../domain/report/findings.js';

export interface Alert {
  /** The same for all messages about one incident, so that receivers recognise repeats: `default/drift/1763690000000`. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly condition: Condition;
  readonly phase: 'firing' | 'resolved';
  readonly severity: Severity;
  readonly text: string;
  /** ISO 8601. */
  readonly since: string;
}

/** One channel for alerts. */
export interface Notifier {
  /** Name in the log. */
  readonly channel: string;
  /** Resolves when the receiver has accepted the message. @throws {TransientError} it did not, after the channel's retries */
  notify(alert: Alert): Promise<void>;
}
