/** What the trials of a day have shown. There is one for each pair of models that labelled the same images. */
import { type ModelVersion, nameOfVersion } from '../model-version.js';
import { type TrialFigures, type TrialImage, trialFigures } from '../trial.js';
import type { DayRow } from './day-row.js';

export interface DayTrial extends TrialFigures {
  readonly active: ModelVersion;
  /** The model on trial. */
  readonly shadow: ModelVersion;
}

/** Further images of a trial are not compared, so that the memory does not depend on their number. */
const MOST_IMAGES = 20_000;

interface Pair extends Pick<DayTrial, 'active' | 'shadow'> {
  readonly labelled: TrialImage[];
  readonly judged: TrialImage[];
}

export class DayTrials {
  readonly #pairs = new Map<string, Pair>();

  /** @param row uploaded on the day */
  addImage(row: DayRow): void {
    const image = trialImageOf(row);
    const labelled = this.#pairOf(row)?.labelled ?? [];
    if (image !== undefined && labelled.length < MOST_IMAGES) labelled.push({ ...image, truth: null });
  }

  /** @param row corrected on the day and uploaded on any day */
  addCorrection(row: DayRow): void {
    const image = trialImageOf(row);
    const judged = this.#pairOf(row)?.judged ?? [];
    if (image?.truth && judged.length < MOST_IMAGES) judged.push(image);
  }

  /** @param random numbers in [0, 1), for the bootstrap */
  figures(random: () => number): readonly DayTrial[] {
    return [...this.#pairs].sort(byName).map(([, { active, shadow, labelled, judged }]) => ({
      active,
      shadow,
      ...trialFigures(labelled, random),
      judged: trialFigures(judged, random).judged,
    }));
  }

  #pairOf({ model, shadow }: DayRow): Pair | undefined {
    if (model === null || !shadow) return undefined;
    const key = `${nameOfVersion(model)} ${nameOfVersion(shadow.model)}`;
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    const pair = { active: versionOf(model), shadow: versionOf(shadow.model), labelled: [], judged: [] };
    this.#pairs.set(key, pair);
    return pair;
  }
}

/** @returns undefined if no model on trial labelled the image */
export function trialImageOf(row: DayRow): TrialImage | undefined {
  const { name, generation, category, confidence, timings, shadow, correction } = row;
  if (!shadow || category === null) return undefined;
  const truth = correction?.generation === generation ? correction.category : null;
  const active = { category, confidence: confidence ?? 0, inferMs: timings?.inferMs ?? 0 };
  return { name, active, shadow, truth };
}

function versionOf({ id, version }: ModelVersion): ModelVersion {
  return { id, version };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
