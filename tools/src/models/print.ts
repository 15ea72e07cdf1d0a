/** The text that `npm run models` prints. */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { KnownModel } from '@hangtag/shared/domain/known-model.js';
import {
  isSameVersion,
  type ModelPin,
  NO_MODELS,
  nameOfVersion,
  type TenantModels,
} from '@hangtag/shared/domain/model-version.js';
import type { Rollout } from '@hangtag/shared/domain/rollout.js';
import type { JudgedFigures, TrialFigures } from '@hangtag/shared/domain/trial.js';
import type { TenantDocuments } from '@hangtag/shared/ports/tenant-store.js';

const SHORT_DIGEST = 12;
const FLIPS = 10;

export interface StoredVersions {
  readonly pins: readonly ModelPin[];
  readonly tenants: TenantDocuments;
  /** To one tenant. */
  readonly known: readonly KnownModel[];
}

/** A line for each stored version, with when it was added, and the tenants that use it. */
export function versionLines({ pins, tenants, known }: StoredVersions): readonly string[] {
  if (pins.length === 0) return ['No version is stored. Type: npm run models -- add DIR'];
  return pins.map((pin) => {
    const uses = [...tenants].flatMap(([tenant, { model = NO_MODELS }]) => usesOf(pin, tenant, model));
    const added = known.filter(({ digest }) => digest === pin.digest).map(addedText);
    return [nameOfVersion(pin), pin.digest.slice(0, SHORT_DIGEST), ...added, ...uses].join('  ');
  });
}

function addedText({ addedAt, addedBy, addedWith }: KnownModel): string {
  return `${addedWith} ${new Date(addedAt).toISOString().slice(0, 10)} by ${addedBy}`;
}

function usesOf(pin: ModelPin, tenant: TenantId, models: TenantModels): readonly string[] {
  const roles = { active: 'active', previous: 'previous', shadow: 'on trial' } as const;
  return (Object.keys(roles) as (keyof typeof roles)[])
    .filter((role) => models[role] !== null && isSameVersion(models[role], pin))
    .map((role) => `${roles[role]}: ${tenant}`);
}

export function activeText({ active }: TenantModels): string {
  return active === null ? 'the model of the installation' : nameOfVersion(active);
}

export function modelsText(models: TenantModels): readonly string[] {
  const { previous, shadow } = models;
  return [
    `active: ${activeText(models)}`,
    ...(previous === null ? [] : [`previous: ${nameOfVersion(previous)}`]),
    ...(shadow === null
      ? []
      : [`on trial: ${nameOfVersion(shadow)}, ${percent(shadow.share)} of the images`]),
  ];
}

/** A line for each version of the tenant that a process cannot take from the store. */
export function unstoredLines(
  { active, previous, shadow }: TenantModels,
  stored: readonly ModelPin[],
): readonly string[] {
  const used = [active, previous, shadow].filter((pin) => pin !== null);
  return used
    .filter(({ digest }) => !stored.some((pin) => pin.digest === digest))
    .map(
      (pin) => `The store does not have ${nameOfVersion(pin)}, or has another content under this version.`,
    );
}

/** What spoke against a promotion that was forced. */
export function forcedLines(against: readonly string[]): readonly string[] {
  return against.length === 0 ? [] : ['It was forced, although:', ...against.map((line) => `  ${line}`)];
}

export function historyLine({ n, at, by, action, model, against }: Rollout): string {
  const onTrial = model.shadow === null ? 'none' : nameOfVersion(model.shadow);
  const what = action === 'trial' ? onTrial : activeText(model);
  const forced = against.length === 0 ? '' : ` (forced: ${against.join('; ')})`;
  return `${n}  ${new Date(at).toISOString()}  ${action} ${what}  by ${by}${forced}`;
}

export function figuresLines({ images, agreement, flips, inferMs, judged }: TrialFigures): readonly string[] {
  if (agreement === null || inferMs === null)
    return [
      'No image was labelled by both models yet. The model on trial loads with the first image of the tenant; the images until then are not compared.',
    ];
  return [
    `${images} images were labelled by both models, ${percent(agreement)} with the same category.`,
    `Inference: ${inferMs.active.toFixed(1)} ms active, ${inferMs.shadow.toFixed(1)} ms on trial (medians).`,
    ...flips
      .slice(0, FLIPS)
      .map(({ from, to, n, examples }) => `  ${from} -> ${to}: ${n}, as ${examples.join(', ')}`),
    ...(judged === null ? ['No image of the trial was judged yet.'] : judgedLines(judged)),
  ];
}

function judgedLines({ n, active, shadow, interval, classes }: JudgedFigures): readonly string[] {
  const [low, high] = interval.map(points);
  return [
    `${n} were judged: ${percent(active.accuracy)} right active, ${percent(shadow.accuracy)} on trial; difference ${low} to ${high} points (95 %).`,
    `Calibration error: ${active.ece.toFixed(3)} active, ${shadow.ece.toFixed(3)} on trial.`,
    ...classes.map(
      (each) => `  ${each.category}: ${each.n}, ${percent(each.active)} -> ${percent(each.shadow)}`,
    ),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function points(share: number): string {
  return (100 * share).toFixed(1);
}
