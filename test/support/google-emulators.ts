import { describeMissing } from '@hangtag/emulators/google/missing.js';
import { type EmulatorSearch, resolveEmulators } from '@hangtag/emulators/google/resolve.js';
import { ownSurroundings } from '@hangtag/emulators/google/surroundings.js';

type FoundEmulators = Extract<EmulatorSearch, { kind: 'found' }>;

/**
 * A suite that needs Google's emulators. If they are missing, a line names the skipped suite and the reason.
 */
export async function describeWithEmulators(
  title: string,
  suite: (emulators: FoundEmulators) => void,
): Promise<void> {
  const search = await resolveEmulators(ownSurroundings());
  if (search.kind === 'found') describe(title, () => suite(search));
  else console.warn(`SKIPPED ${title}. ${describeMissing(search.missing)}`);
}
