/** The one place that puts a generation into the queue: a decision made durable, then the message it owes. */
import type { Creation, ImageMessage } from '@hangtag/shared/domain/image-message.js';
import type { Priority } from '@hangtag/shared/domain/record.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { Settled } from './compare-and-set.js';

/** Two topics, so that what is uploaded now never waits behind a backlog. */
export interface Topics {
  readonly uploaded: string;
  /** Absent where one queue serves all. */
  readonly backfill?: string;
}

/**
 * @param topicOf asked only where there is a message to send
 * @throws {TransientError} the message may be missing: the event's redelivery, or the sweep, sends it again
 */
export async function enqueue(
  decision: Settled,
  message: ImageMessage,
  { publisher, topicOf }: { readonly publisher: Publisher; readonly topicOf: () => string },
): Promise<void> {
  if (!owesMessage(decision)) return;
  const data = decision.kind === 'create' ? { ...message, created: creationOf(decision) } : message;
  await publisher.publish(topicOf(), { data });
}

export function topicFor(priority: Priority, { uploaded, backfill = uploaded }: Topics): string {
  return priority === 'backfill' ? backfill : uploaded;
}

function creationOf({ version, record }: Extract<Settled, { readonly kind: 'create' }>): Creation {
  return { version, uploadedAt: record.uploadedAt };
}

/** `already-queued` too: the crash that brought this image back may have come before its message was sent. */
function owesMessage(decision: Settled): boolean {
  switch (decision.kind) {
    case 'create':
      return decision.record.status === 'queued';
    case 'update':
      return decision.change.set.status === 'queued';
    case 'void':
      return decision.because === 'already-queued';
  }
}
