import { isDeepStrictEqual } from 'node:util';
import { EXIT, type ExitStatus, runCommand } from '@hangtag/emulators/command-line.js';
import { isTenantId, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { TenantDocument } from '@hangtag/shared/domain/tenant.js';
import { UsageError } from '@hangtag/shared/errors.js';
import type { Manifest } from '@hangtag/shared/inference/manifest.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import type { TenantStore } from '@hangtag/shared/ports/tenant-store.js';
import { requireNoModel } from './models/require-no-model.js';
import { openTarget, TARGET_OPTIONS, TENANT_RULE } from './target.js';
import { describeGuarantee } from './tenants/describe-guarantee.js';
import { changedSettings, SETTING_OPTIONS, type SettingValues } from './tenants/settings.js';

const COMMAND = {
  name: 'npm run tenants',
  what: `Manages the settings of tenants. What a tenant has no setting for is the default of the installation.
  create ID    with any of the settings below
  list         lists all tenants that have settings
  set ID       changes the given settings
  remove ID    removes the settings; images, records and reports stay`,
  options: { ...SETTING_OPTIONS, ...TARGET_OPTIONS },
  words: { value: 'create ID, list, set ID or remove ID', min: 1, max: 2 },
} as const;

await runCommand(COMMAND, async ({ options, words }) => {
  const act = actionOf(words, options);
  await using app = await openTarget(options);
  const { tenants, store, installedDir } = await app.rollouts();
  return act(tenants, async ({ model }) =>
    readManifest(model?.active ? await store.get(model.active) : installedDir),
  );
});

/** The manifest of the model that labels for a tenant. */
type ManifestOf = (settings: TenantDocument) => Promise<Manifest>;
type Act = (store: TenantStore, manifestOf: ManifestOf) => Promise<ExitStatus>;

/** @throws {UsageError} */
function actionOf([action, id]: readonly string[], values: SettingValues): Act {
  switch (action) {
    case 'list':
      assertSettings(action, values);
      return list;
    case 'create': {
      const tenant = tenantIdOf(id);
      const settings = changedSettings({}, values);
      return async (store, manifestOf) => {
        const lines = [
          ...(await guaranteeLines(settings, values, manifestOf)),
          ...(await twinLines(tenant, store)),
        ];
        const isCreated = await store.create(tenant, settings);
        return isCreated ? said(`Created ${tenant}.`, ...lines) : refused(tenant, 'no settings');
      };
    }
    case 'set': {
      const tenant = tenantIdOf(id);
      assertSettings(action, values);
      return async (store, manifestOf) => {
        const known = (await store.list()).get(tenant);
        if (known === undefined) return refused(tenant, 'settings');
        const lines = await guaranteeLines(known, values, manifestOf);
        const isSet = await store.replace(tenant, changedSettings(known, values));
        return isSet ? said(`Changed ${tenant}.`, ...lines) : refused(tenant, 'settings');
      };
    }
    case 'remove': {
      const tenant = tenantIdOf(id);
      assertSettings(action, values);
      return async (store) => {
        requireNoModel(tenant, (await store.list()).get(tenant));
        return (await store.remove(tenant)) ? said(`Removed ${tenant}.`) : refused(tenant, 'settings');
      };
    }
    default:
      throw new UsageError(`Expected create, list, set or remove but received "${action}"`);
  }
}

/** What the requested precision means with the model of the tenant. @throws {UsageError} the model does not guarantee it */
async function guaranteeLines(
  settings: TenantDocument,
  { 'auto-precision': precision }: SettingValues,
  manifestOf: ManifestOf,
): Promise<readonly string[]> {
  return precision === undefined ? [] : [describeGuarantee(precision, await manifestOf(settings))];
}

/** The tenants whose id differs only in capital letters: Cloud Storage and Firestore distinguish them, people may not. */
async function twinLines(tenant: TenantId, store: TenantStore): Promise<readonly string[]> {
  const twins = [...(await store.list()).keys()].filter(
    (each) => each !== tenant && each.toLowerCase() === tenant.toLowerCase(),
  );
  return twins.map(
    (twin) =>
      `Note: ${twin} is another tenant, whose id differs only in capital letters. Images under tenants/${twin}/ are not those of ${tenant}.`,
  );
}

/** Settings without an effect are refused, not ignored. @throws {UsageError} */
function assertSettings(action: 'list' | 'set' | 'remove', values: SettingValues): void {
  const given = Object.entries(SETTING_OPTIONS).flatMap(([name, { read }]) =>
    isDeepStrictEqual(values[name as keyof SettingValues], read([])?.is) ? [] : `--${name}`,
  );
  if (action === 'set' && given.length === 0)
    throw new UsageError('Expected at least one setting for set but received none');
  if (action !== 'set' && given.length > 0)
    throw new UsageError(`Expected no setting for ${action} but received ${given.join(', ')}`);
}

async function list(store: TenantStore): Promise<ExitStatus> {
  for (const [id, { features, ...settings }] of await store.list())
    console.log(JSON.stringify({ id, ...settings, ...(features && { features }) }));
  return EXIT.done;
}

function said(...lines: readonly string[]): ExitStatus {
  for (const line of lines) console.log(line);
  return EXIT.done;
}

function refused(tenant: TenantId, expected: string): ExitStatus {
  const [found, action] = expected === 'settings' ? ['none', 'create'] : ['some', 'set'];
  console.error(
    `Expected ${expected} of the tenant ${tenant} but found ${found}. Type: npm run tenants -- ${action} ${tenant}`,
  );
  return EXIT.unfinished;
}

function tenantIdOf(given = ''): TenantId {
  if (isTenantId(given)) return given;
  throw new UsageError(`Expected ${TENANT_RULE.expected} but received "${given}"`);
}
