/**
 * Stores models, puts them on trial, promotes them and takes them back. Each change of the models that label is one entry of the
 * tenant's history. What is known of a version is written first, so it exists for every version in the history.
 */
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { cardFiguresOf, type KnownModel } from '@hangtag/shared/domain/known-model.js';
import {
  isSameVersion,
  type ModelPin,
  type ModelVersion,
  NO_MODELS,
  nameOfVersion,
  type TenantModels,
} from '@hangtag/shared/domain/model-version.js';
import { faultsOfPromotion } from '@hangtag/shared/domain/promotion.js';
import {
  modelsAfter,
  type NewRollout,
  onPromoted,
  onRolledBack,
  onTrial,
  onTrialEnded,
  type Planned,
} from '@hangtag/shared/domain/rollout.js';
import { evidenceOf, type TrialEvidence } from '@hangtag/shared/domain/trial.js';
import { InputError, TransientError } from '@hangtag/shared/errors.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { KnownModels } from '@hangtag/shared/ports/known-models.js';
import type { ModelStore } from '@hangtag/shared/ports/model-store.js';
import type { RolloutStore } from '@hangtag/shared/ports/rollout-store.js';
import type { TenantStore } from '@hangtag/shared/ports/tenant-store.js';
import { figuresOfTrial } from './trial-figures.js';

export interface RolloutPorts {
  readonly tenants: TenantStore;
  readonly rollouts: RolloutStore;
  readonly known: KnownModels;
  readonly store: ModelStore;
  readonly dayRecords: DayRecords;
  /** Folder of the model of the installation. */
  readonly installedDir: string;
}

/** A change that somebody asks for. */
export interface RolloutRequest {
  readonly tenant: TenantId;
  readonly by: string;
}

export type PromotionOutcome =
  | { readonly kind: 'promoted'; readonly model: ModelPin; readonly against: readonly string[] }
  | { readonly kind: 'refused'; readonly model: ModelVersion; readonly because: readonly string[] };

/**
 * Stores a model folder for a tenant.
 *
 * @throws {InputError | ModelError} there is no such tenant, a file is damaged, or the version is stored with another content
 */
export async function addModel(
  {
    dir,
    with: command,
    ...request
  }: RolloutRequest & { readonly dir: string; readonly with: 'add' | 'learn' },
  ports: RolloutPorts,
): Promise<ModelPin> {
  await modelsOf(request.tenant, ports);
  const pin = await ports.store.put(dir);
  await noteModel(pin, { ...request, with: command }, ports);
  return pin;
}

/** @throws {InputError | ModelError} the version is not stored, lacks labels in use, or is active */
export async function startTrial(
  { version, share, ...request }: RolloutRequest & { readonly version: ModelVersion; readonly share: number },
  ports: RolloutPorts,
): Promise<TenantModels> {
  const models = await modelsOf(request.tenant, ports);
  const pin = await storedVersion(version, ports);
  const missing = await missingLabels(models, pin, ports);
  if (missing.length > 0)
    throw new InputError(
      `${messageOfMissing(missing, pin)}. A forced promotion does without them. Type: npm run models -- promote ${nameOfVersion(pin)} --force --tenant ${request.tenant}`,
    );
  await noteModel(pin, { ...request, with: 'trial' }, ports);
  if (!isSameVersion(pin, models.shadow)) await noteTrial(request.tenant, models, ports);
  return write(request, { action: 'trial', model: onTrial(models, { ...pin, share }) }, ports);
}

/** The active model stays. @throws {InputError} no model is on trial */
export async function endTrial(request: RolloutRequest, ports: RolloutPorts): Promise<TenantModels> {
  const models = await modelsOf(request.tenant, ports);
  await noteTrial(request.tenant, models, ports);
  return write(request, { action: 'trial', model: onTrialEnded(models) }, ports);
}

/**
 * Promotes a version if the trial shows that it is better, otherwise says why not.
 *
 * @param request.version absent: the one on trial
 * @param request.mode `forced`: whatever the trial shows. The history keeps what spoke against it
 * @throws {InputError | ModelError} there is no such version, or it is active
 */
export async function promote(
  {
    version,
    mode,
    ...request
  }: RolloutRequest & {
    readonly version: ModelVersion | undefined;
    readonly mode: 'if-better' | 'forced';
  },
  ports: RolloutPorts,
): Promise<PromotionOutcome> {
  const models = await modelsOf(request.tenant, ports);
  const wanted = version ?? models.shadow;
  if (wanted === null)
    throw new InputError(
      'Expected a model on trial but found none. Type: npm run models -- trial ID@VERSION',
    );
  const pin =
    isSameVersion(wanted, models.shadow) && models.shadow
      ? models.shadow
      : await storedVersion(wanted, ports);
  const figures = await figuresOfTrial(
    request.tenant,
    { active: models.active, shadow: pin },
    ports.dayRecords,
  );
  const missing = await missingLabels(models, pin, ports);
  const against = [
    ...(missing.length === 0 ? [] : [messageOfMissing(missing, pin)]),
    ...faultsOfPromotion(figures.judged),
  ];
  if (against.length > 0 && mode === 'if-better') return { kind: 'refused', model: pin, because: against };
  const evidence = evidenceOf(figures);
  await noteModel(pin, { ...request, with: 'promote' }, ports);
  if (isSameVersion(pin, models.shadow)) await putTrial(request.tenant, { pin, evidence }, ports);
  else await noteTrial(request.tenant, models, ports);
  await write(request, { action: 'promote', model: onPromoted(models, pin), evidence, against }, ports);
  return { kind: 'promoted', model: pin, against };
}

/** @throws {InputError} no model was promoted */
export async function rollBack(request: RolloutRequest, ports: RolloutPorts): Promise<TenantModels> {
  const models = await modelsOf(request.tenant, ports);
  return write(request, { action: 'rollback', model: onRolledBack(models) }, ports);
}

/** The models that labelled at a time, in epoch milliseconds. */
export async function modelsAt(tenant: TenantId, atMs: number, ports: RolloutPorts): Promise<TenantModels> {
  return modelsAfter(await ports.rollouts.lastAt(tenant, atMs));
}

/** @throws {InputError} a tenant has it active, on trial or to roll back to, or it is not stored */
export async function removeModel(
  version: ModelVersion,
  { tenants, store, known, dayRecords }: RolloutPorts,
): Promise<void> {
  const documents = await tenants.list();
  const users = [...documents]
    .filter(([, { model = NO_MODELS }]) =>
      Object.values(model).some((pin) => pin && isSameVersion(pin, version)),
    )
    .map(([tenant]) => tenant);
  const name = nameOfVersion(version);
  if (users.length > 0)
    throw new InputError(
      `Expected a version that is not active, former or on trial but ${name} is, for these tenants: ${users.join(', ')}. Type: npm run models -- list`,
    );
  if (!(await store.remove(version))) throw notStored(name);
  const knowing = new Set([DEFAULT_TENANT, ...documents.keys(), ...(await dayRecords.tenants())]);
  for (const tenant of knowing) await known.remove(tenant, version);
}

/** @throws {InputError} the tenant has neither settings nor images */
export async function modelsOf(
  tenant: TenantId,
  { tenants, dayRecords }: RolloutPorts,
): Promise<TenantModels> {
  const settings = (await tenants.list()).get(tenant);
  const isKnown =
    settings !== undefined || tenant === DEFAULT_TENANT || (await dayRecords.tenants()).includes(tenant);
  if (isKnown) return settings?.model ?? NO_MODELS;
  throw new InputError(
    `Expected a tenant that has settings or images but "${tenant}" has none. Type: npm run tenants -- list`,
  );
}

/** Writes what the manifest says of a version, unless the tenant knows it. */
async function noteModel(
  pin: ModelPin,
  { tenant, by, with: addedWith }: RolloutRequest & { readonly with: KnownModel['addedWith'] },
  { store, known }: RolloutPorts,
): Promise<void> {
  const { id, version, digest } = pin;
  const { labels, metrics } = await readManifest(await store.get(pin));
  const figures = cardFiguresOf(metrics);
  await known.add(tenant, { id, version, digest, labels, figures, addedBy: by, addedWith });
}

/** Writes the figures of the trial that ends. */
async function noteTrial(
  tenant: TenantId,
  { active, shadow }: TenantModels,
  ports: RolloutPorts,
): Promise<void> {
  if (shadow === null) return;
  const figures = await figuresOfTrial(tenant, { active, shadow }, ports.dayRecords);
  await putTrial(tenant, { pin: shadow, evidence: evidenceOf(figures) }, ports);
}

async function putTrial(
  tenant: TenantId,
  { pin, evidence }: { readonly pin: ModelPin; readonly evidence: TrialEvidence | null },
  { known }: RolloutPorts,
): Promise<void> {
  if (evidence !== null) await known.putTrial(tenant, pin, evidence);
}

/** @throws {InputError} */
async function storedVersion(version: ModelVersion, { store }: RolloutPorts): Promise<ModelPin> {
  const pin = (await store.list()).find((each) => isSameVersion(each, version));
  if (pin === undefined) throw notStored(nameOfVersion(version));
  return pin;
}

function notStored(name: string): InputError {
  return new InputError(`Expected a stored version but found no ${name}. Type: npm run models -- list`);
}

/** Labels of the active model that the other one cannot give. */
async function missingLabels(
  { active }: TenantModels,
  pin: ModelPin,
  ports: LabelPorts,
): Promise<readonly string[]> {
  const [inUse, offered] = await Promise.all([labelsInUse(active, ports), labelsInUse(pin, ports)]);
  return inUse.filter((label) => !offered.includes(label));
}

type LabelPorts = Pick<RolloutPorts, 'store' | 'installedDir'>;

/** Without loading the model. @param active null: the model of the installation */
export async function labelsInUse(
  active: ModelPin | null,
  { store, installedDir }: LabelPorts,
): Promise<readonly string[]> {
  return (await readManifest(active === null ? installedDir : await store.get(active))).labels;
}

function messageOfMissing(missing: readonly string[], version: ModelVersion): string {
  const labels = missing.map((label) => `"${label}"`).join(', ');
  return `Expected every label in use but ${nameOfVersion(version)} has no ${labels}`;
}

type Change = Pick<NewRollout, 'action'> &
  Partial<Pick<NewRollout, 'evidence' | 'against'>> & { readonly model: Planned };

async function write(
  { tenant, by }: RolloutRequest,
  { action, model, evidence = null, against = [] }: Change,
  { rollouts }: RolloutPorts,
): Promise<TenantModels> {
  if ('refusal' in model) throw new InputError(model.refusal);
  const [last] = await rollouts.list(tenant);
  const n = (last?.n ?? 0) + 1;
  if (await rollouts.append(tenant, { n, by, action, model, evidence, against })) return model;
  throw new TransientError(
    'Expected no other change of the models at the same time but found one. Type: npm run models -- history',
  );
}
