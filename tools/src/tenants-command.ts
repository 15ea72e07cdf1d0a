import { isDeepStrictEqual } from 'node:util';
import { EXIT, type ExitStatus, runCommand } from '@hangtag/emulators/command-line.js';
import {
  decimal,
  many,
  oneOf,
  ruledText,
  text,
  type Values,
  wholeNumber,
} from '@hangtag/emulators/command-options.js';
import { parseTenant, SETTINGS } from '@hangtag/shared/adapters/tenant-document.js';
import { isTenantId, type TenantId } from '@hangtag/shared/domain/identity.js';
import { parseTimeZone } from '@hangtag/shared/domain/report/day-window.js';
import { FEATURES, type TenantDocument } from '@hangtag/shared/domain/tenant.js';
import { UsageError } from '@hangtag/shared/errors.js';
import type { TenantStore } from '@hangtag/shared/ports/tenant-store.js';
import { requireNoModel } from './models/require-no-model.js';
import { chooseTarget, TARGET_OPTIONS } from './target.js';

const MAX_NUMBER = 1_000_000_000_000;
const number = (help: string) => wholeNumber('N', help, { min: 1, max: MAX_NUMBER });
const probability = (help: string) => decimal('P', help, { min: 0, max: 1 });

const SETTING_OPTIONS = {
  name: text('NAME', 'how people call the tenant'),
  'time-zone': ruledText('ZONE', 'IANA name, as Europe/Berlin: the days of its reports and quota', {
    expected: 'an IANA name of a time zone',
    accepts: isTimeZone,
  }),
  feature: many(oneOf(FEATURES, 'what the tenant uses; give it several times')),
  auto: probability('confidence from which a label is used without review'),
  quick: probability('confidence from which a quick review is enough'),
  'min-score': probability('lowest score that a record keeps'),
  'top-k': number('labels that a record keeps at most'),
  'images-per-day': number('images that are labelled in a day; the others wait for the next'),
  'requests-per-minute': number('requests of all callers of its API'),
  'max-bytes': number('largest upload, up to that of the installation'),
  default: many(oneOf(SETTINGS, 'set: the default of the installation for this setting')),
} as const;

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

type SettingValues = Values<typeof SETTING_OPTIONS>;

await runCommand(COMMAND, async ({ options, words }) => {
  const act = actionOf(words, options);
  await chooseTarget(options);
  // Imported after the target is chosen: the clients read the environment when they are made.
  const [{ cloudAdapters }, { parseConfig }, { systemClock }] = await Promise.all([
    import('@hangtag/functions/app/cloud-adapters.js'),
    import('@hangtag/shared/config.js'),
    import('@hangtag/shared/ports/clock.js'),
  ]);
  return act(await cloudAdapters(parseConfig(process.env), systemClock).tenantStore());
});

type Act = (store: TenantStore) => Promise<ExitStatus>;

/** @throws {UsageError} */
function actionOf([action, id]: readonly string[], values: SettingValues): Act {
  switch (action) {
    case 'list':
      assertSettings(action, values);
      return list;
    case 'create': {
      const tenant = tenantIdOf(id);
      const settings = changed({}, values);
      return async (store) =>
        (await store.create(tenant, settings)) ? said(`Created ${tenant}.`) : refused(tenant, 'no settings');
    }
    case 'set': {
      const tenant = tenantIdOf(id);
      assertSettings(action, values);
      return async (store) => {
        const known = (await store.list()).get(tenant);
        const isSet = known !== undefined && (await store.replace(tenant, changed(known, values)));
        return isSet ? said(`Changed ${tenant}.`) : refused(tenant, 'settings');
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

/** The settings that were given replace the known ones. @throws {InputError} */
function changed(known: TenantDocument, values: SettingValues): TenantDocument {
  const { auto, quick, 'min-score': minScore, 'top-k': topK, default: defaults } = values;
  const { 'images-per-day': imagesPerDay, 'requests-per-minute': requestsPerMinute } = values;
  const kept = Object.fromEntries(
    Object.entries(known).filter(([name]) => !defaults.some((each) => each === name)),
  ) as TenantDocument;
  return parseTenant({
    ...kept,
    ...given({ name: values.name, timeZone: values['time-zone'] }),
    ...(values.feature.length > 0 && { features: [...new Set(values.feature)] }),
    ...merged('thresholds', kept.thresholds, { auto, quick, minScore, topK }),
    ...merged('quota', kept.quota, { imagesPerDay, requestsPerMinute }),
    ...merged('uploads', kept.uploads, { maxBytes: values['max-bytes'] }),
  });
}

function merged(name: string, known: object | undefined, values: object): object {
  const all = { ...known, ...given(values) };
  return Object.keys(all).length === 0 ? {} : { [name]: all };
}

function given(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function said(line: string): ExitStatus {
  console.log(line);
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
  throw new UsageError(`Expected a tenant id: letters, digits, - and _ but received "${given}"`);
}

function isTimeZone(name: string): boolean {
  try {
    return parseTimeZone(name) === name;
  } catch {
    return false;
  }
}
