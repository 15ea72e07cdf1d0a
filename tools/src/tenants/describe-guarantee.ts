import {
  BACKGROUNDS,
  type Background,
  type Guarantees,
  guaranteedThreshold,
} from '@hangtag/shared/domain/precision-guarantee.js';
import { UsageError } from '@hangtag/shared/errors.js';

interface GuaranteeingModel {
  readonly id: string;
  readonly version: string;
  readonly guarantees?: Guarantees | undefined;
}

/**
 * Says from which confidence labels are used without review, by background.
 * @throws {UsageError} the model guarantees no such precision
 */
export function describeGuarantee(precision: number, { id, version, guarantees }: GuaranteeingModel): string {
  const highest = (background: Background) => guarantees?.[background].at(-1)?.precision;
  const possible = Math.max(...BACKGROUNDS.map((background) => highest(background) ?? 0));
  if (guarantees === undefined || possible < precision)
    throw new UsageError(
      `Expected a model that guarantees a precision of ${precision} but found ${id} ${version}, which guarantees ${possible || 'none'}. ${possible ? `Type: --auto-precision ${possible}` : 'npm run evaluate -- --write-guarantees measures it'}`,
    );
  const lines = BACKGROUNDS.map((background) => {
    const threshold = guaranteedThreshold(guarantees[background], precision);
    if (threshold !== undefined)
      return `${background} background: used without review from a confidence of ${threshold.confidence}`;
    return `${background} background: every label goes to review, since the model guarantees ${highest(background) ?? 'no precision'}`;
  });
  return lines.join('\n');
}
