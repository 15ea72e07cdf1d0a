import type { TenantId } from '../domain/identity.js';
import type { Condition, Severity } from '../domain/report/findings.js';

export interface Alert {
  /** The same for every message about one incident, `default/drift/1763690000000`: receivers tell repeats by it. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly condition: Condition;
  readonly phase: 'firing' | 'resolved';
  readonly severity: Severity;
  readonly text: string;
  /** ISO 8601. */
  readonly since: string;
}

/** One way to reach people. */
export interface Notifier {
  /** For the log. */
  readonly channel: string;
  /** Resolves once the other side has taken the message. @throws {TransientError} it did not, after the channel's own retries */
  notify(alert: Alert): Promise<void>;
}
