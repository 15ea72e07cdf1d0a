/**
 * Asks a vision model about an image that waits for a person, and writes its answer beside the labels:
 *
 *   1. does the tenant want it, and does the image still wait?     (one read)
 *   2. is there money left of the tenant's day?                    (one read)
 *   3. a small WebP of the picture, made in a process of its own
 *   4. ask; the answer is one of the tenant's labels, or none
 *   5. count the cost, then write the opinion by compare-and-set
 *
 * An opinion is a suggestion: an endpoint that fails is a log line, and the image waits for a person as before.
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import { lacksOpinion, onOpinion, type TokenPrices, usdOf } from '@hangtag/shared/domain/opinion.js';
import { civilTime } from '@hangtag/shared/domain/report/day-window.js';
import type { TimeZone } from '@hangtag/shared/domain/time-zone.js';
import { failureOf } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { OpinionAnswer, OpinionLedger, SecondOpinion } from '@hangtag/shared/ports/second-opinion.js';
import type { Thumbnailer } from '@hangtag/shared/ports/thumbnailer.js';
import { compareAndSet } from '../records/compare-and-set.js';
import type { Outcome } from '../records/outcome.js';

export interface OpinionPorts {
  readonly records: RecordStore;
  readonly objects: ObjectStore;
  readonly thumbnailer: Thumbnailer;
  /** Undefined if the installation asks none. */
  readonly opinions: SecondOpinion | undefined;
  readonly ledger: OpinionLedger;
  readonly clock: Clock;
  readonly labelsOf: (tenant: TenantId) => Promise<readonly string[]>;
  readonly policy: OpinionPolicy;
}

export interface OpinionPolicy {
  readonly isWanted: (tenant: TenantId) => boolean;
  readonly timeZoneOf: (tenant: TenantId) => TimeZone;
  /** US dollars that the opinions of one tenant may cost in a day. The last one may exceed it by its own cost. */
  readonly dailyUsd: number;
  readonly prices: TokenPrices;
  readonly maxBytes: number;
}

/** @throws {TransientError} the bucket or the database failed: the message is delivered again */
export async function giveOpinion(message: ImageMessage, ports: OpinionPorts): Promise<Outcome> {
  const { records, ledger, policy, clock, opinions } = ports;
  const { tenant, generation } = message;
  const trace = { imageId: message.imageId, bucket: message.bucket, name: message.name, generation };
  if (opinions === undefined || !policy.isWanted(tenant)) return { outcome: 'not-wanted', ...trace };
  const known = await records.get(message);
  if (known === undefined || !lacksOpinion(known.record, generation)) return { outcome: 'void', ...trace };
  const { day } = civilTime(clock.now(), policy.timeZoneOf(tenant));
  if ((await ledger.of(tenant, day)).usd >= policy.dailyUsd) return { outcome: 'over-budget', ...trace };
  const answer = await ask(message, ports, opinions);
  if ('failure' in answer) return { outcome: 'no-opinion', because: answer.failure, ...trace };
  const usd = usdOf(answer.use, policy.prices);
  await ledger.add(tenant, day, usd);
  if (answer.kind === 'unusable') return { outcome: 'no-opinion', because: 'unusable-answer', usd, ...trace };
  const opinion = { category: answer.category, by: opinions.model, at: clock.now(), generation };
  const decision = await compareAndSet({ records, key: message }, known, (current) =>
    onOpinion(current, opinion),
  );
  return {
    outcome: decision.kind === 'update' ? 'opinion' : 'void',
    category: answer.category,
    usd,
    ...trace,
  };
}

/** A failure of the bucket is thrown; any other costs the opinion and nothing else. */
async function ask(
  message: ImageMessage,
  { objects, thumbnailer, labelsOf, policy }: OpinionPorts,
  opinions: SecondOpinion,
): Promise<OpinionAnswer | { readonly failure: string }> {
  const bytes = await objects.read(message, policy.maxBytes);
  if (bytes === undefined) return { failure: 'gone' };
  try {
    const [picture, labels] = await Promise.all([thumbnailer.thumbnail(bytes), labelsOf(message.tenant)]);
    return await opinions.ask({ picture, labels });
  } catch (error) {
    return { failure: failureOf(error).message };
  }
}
