/**
 * Parks the image of a message that was delivered too often. The message is not kept: the record contains everything that a
 * replay needs.
 */
import { onSettled } from '@hangtag/shared/domain/transitions.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { ClassifyCommand } from '../classify/command.js';
import { compareAndSet } from '../records/compare-and-set.js';
import type { Outcome } from '../records/outcome.js';

export interface DeadLetterPorts {
  readonly records: RecordStore;
}

export async function deadLetter(
  { message }: ClassifyCommand,
  { records }: DeadLetterPorts,
): Promise<Outcome> {
  const known = await records.get(message);
  const decision = await compareAndSet({ records, key: message }, known, (current) =>
    onSettled(current, message.generation, { kind: 'parked' }),
  );
  const { imageId, bucket, name, generation } = message;
  const outcome =
    decision.kind === 'void' ? { outcome: 'void', because: decision.because } : { outcome: 'parked' };
  return { ...outcome, imageId, bucket, name, generation };
}
