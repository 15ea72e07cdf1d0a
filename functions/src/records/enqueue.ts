/** Which message a decision requires, and on which topic it is sent. */
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import type { Priority } from '@hangtag/shared/domain/record.js';
import type { Applied } from './compare-and-set.js';

/** Two topics, so that new uploads do not wait behind a backlog. */
export interface Topics {
  readonly uploaded: string;
  /** Absent: both lanes share one topic. */
  readonly backfill?: string;
}

export function topicFor(lane: Priority, { uploaded, backfill = uploaded }: Topics): string {
  return lane === 'backfill' ? backfill : uploaded;
}

/**
 * The message to send once a decision is written. A lost message is sent again by the event's redelivery, or by the sweep.
 *
 * @returns undefined if no message is required
 */
export function messageFor(decision: Applied, message: ImageMessage): ImageMessage | undefined {
  switch (decision.kind) {
    case 'create': {
      const { record, version } = decision;
      if (record.status !== 'queued') return undefined;
      return { ...message, created: { version, uploadedAt: record.uploadedAt } };
    }
    case 'update':
      return decision.change.set.status === 'queued' ? message : undefined;
    case 'void':
      // An earlier delivery may have ended between its write and its message.
      return decision.because === 'already-queued' ? message : undefined;
  }
}
