/** The figures of a trial, from the records that name both models. */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { isSameVersion, type ModelVersion, type TenantModels } from '@hangtag/shared/domain/model-version.js';
import { trialImageOf } from '@hangtag/shared/domain/report/day-trials.js';
import { type TrialFigures, type TrialImage, trialFigures } from '@hangtag/shared/domain/trial.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';

/** The same images give the same interval. */
const SEED = 1;

/** Of the images that the shadow labelled beside the model that is active now. */
export async function figuresOfTrial(
  tenant: TenantId,
  { active, shadow }: Pick<TenantModels, 'active'> & { readonly shadow: ModelVersion },
  records: DayRecords,
): Promise<TrialFigures> {
  const images: TrialImage[] = [];
  for await (const row of records.ofTrial(tenant, shadow)) {
    const image = active === null || isSameVersion(row.model, active) ? trialImageOf(row) : undefined;
    if (image !== undefined) images.push(image);
  }
  return trialFigures(images, mulberry32(SEED));
}
