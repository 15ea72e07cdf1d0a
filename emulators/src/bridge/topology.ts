/** Topics and subscriptions of the local stack as data; `deploy/` declares the same ones for Google Cloud. */

export interface TopologyPlan {
  readonly topics: readonly string[];
  readonly subscriptions: readonly SubscriptionPlan[];
}

export interface SubscriptionPlan {
  readonly name: string;
  readonly topic: string;
  /** How long a function may take to answer; Pub/Sub allows 10 to 600. */
  readonly ackDeadlineSeconds: number;
  readonly retry: RetryPlan;
  /** Without one a message is tried for as long as Pub/Sub keeps it. */
  readonly deadLetter?: { readonly topic: string; readonly maxDeliveryAttempts: number };
}

/** Bounds of the exponential backoff between attempts, in whole seconds as Pub/Sub counts them. */
export interface RetryPlan {
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

const RETRY: RetryPlan = { minSeconds: 1, maxSeconds: 10 };

/**
 * An outage of the bucket or of Firestore must not use up an image's deliveries: at most 10 s apart, 20 of them last
 * three minutes. An image that kills its worker is parked by its record's own count long before.
 */
const DEAD_LETTER = { topic: 'image-uploaded-dead', maxDeliveryAttempts: 20 };

export const LOCAL_TOPOLOGY: TopologyPlan = {
  topics: ['image-uploaded', 'image-backfill', 'image-uploaded-dead', 'image-labeled', 'daily-report'],
  subscriptions: [
    {
      name: 'classify',
      topic: 'image-uploaded',
      ackDeadlineSeconds: 60,
      retry: RETRY,
      deadLetter: DEAD_LETTER,
    },
    {
      name: 'classify-backfill',
      topic: 'image-backfill',
      ackDeadlineSeconds: 60,
      retry: RETRY,
      deadLetter: DEAD_LETTER,
    },
    {
      name: 'organise',
      topic: 'image-labeled',
      ackDeadlineSeconds: 60,
      retry: RETRY,
      deadLetter: DEAD_LETTER,
    },
    { name: 'dead-letter', topic: 'image-uploaded-dead', ackDeadlineSeconds: 60, retry: RETRY },
  ],
};
