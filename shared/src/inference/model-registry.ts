/**
 * The models of all tenants: that of the installation, and those of the store that tenants have active or on trial. If the active
 * model of a tenant cannot be loaded, the previous one labels, or else that of the installation: a record names the model that
 * labelled it.
 */
import type { TenantId } from '../domain/identity.js';
import type { ModelPin, TenantModels } from '../domain/model-version.js';
import type { Clock } from '../ports/clock.js';
import type { ActiveModel, ModelRegistry, ShadowModel } from '../ports/model-registry.js';
import type { ModelStore } from '../ports/model-store.js';
import type { IsolationOptions } from './isolated-classifier.js';
import { type LoadedModel, LoadedModels, type ModelLog } from './loaded-models.js';
import { type ModelReport, onEachChange } from './model-changes.js';
import { openModelFolder } from './model-folder.js';

export interface RegistryParts extends IsolationOptions {
  /** Folder of the model of the installation. */
  readonly dir: string;
  readonly store: () => Promise<ModelStore>;
  readonly settingsOf: (tenant: TenantId) => Promise<TenantSettings>;
  /** Limit of the memory of all worker processes. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly log: ModelLog;
  /** Hears whether the active model of a tenant labels. */
  readonly report?: ModelReport | undefined;
}

export type TenantSettings = Omit<ActiveModel, 'classifier' | 'manifest' | 'dir' | 'shadow'> & {
  readonly models: TenantModels;
};

/** @throws {ModelError} the model of the installation has no manifest that can be used */
export async function openModelRegistry({
  dir,
  store,
  settingsOf,
  maxBytes,
  clock,
  log,
  report = () => {},
  ...options
}: RegistryParts): Promise<ModelRegistry> {
  const installed = await openModelFolder({ dir, clock, ...options });
  const noteModel = onEachChange(report);
  const loaded = new LoadedModels({ store, options, clock, log, maxBytes, installationPids: installed.pids });
  return {
    async resolve(tenant) {
      const { models, ...settings } = await settingsOf(tenant);
      const own = await firstOf([models.active, models.previous], loaded);
      noteModel(tenant, models.active, own?.pin);
      const { classifier, manifest } = own ?? (await installed.current());
      const shadow = await shadowOf(models, loaded);
      return { classifier, manifest, ...settings, ...(own && { dir: own.dir }), ...(shadow && { shadow }) };
    },
    async ready() {
      await installed.ready();
      await loaded.settled();
    },
    async close() {
      await Promise.all([installed.close(), loaded.close()]);
    },
  };
}

async function firstOf(
  pins: readonly (ModelPin | null)[],
  loaded: LoadedModels,
): Promise<(LoadedModel & { readonly pin: ModelPin }) | undefined> {
  for (const pin of pins) {
    const model = pin && (await loaded.get(pin));
    if (model) return { ...model, pin };
  }
  return undefined;
}

/** No image waits for a shadow that loads. */
async function shadowOf(
  { active, shadow }: TenantModels,
  loaded: LoadedModels,
): Promise<ShadowModel | undefined> {
  if (shadow === null || shadow.digest === active?.digest) return undefined;
  const model = await loaded.peek(shadow);
  return model && { classifier: model.classifier, share: shadow.share };
}
