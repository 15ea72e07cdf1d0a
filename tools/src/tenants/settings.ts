/** The settings of a tenant as options of a command, and what they change. */
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
import { FEATURES, type TenantDocument } from '@hangtag/shared/domain/tenant.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { UsageError } from '@hangtag/shared/errors.js';

const MAX_NUMBER = 1_000_000_000_000;
const number = (help: string) => wholeNumber('N', help, { min: 1, max: MAX_NUMBER });
const probability = (help: string) => decimal('P', help, { min: 0, max: 1 });

export const SETTING_OPTIONS = {
  name: text('NAME', 'how people call the tenant'),
  'time-zone': ruledText('ZONE', 'IANA name, as Europe/Berlin: the days of its reports and quota', {
    expected: 'an IANA name of a time zone',
    accepts: isTimeZone,
  }),
  feature: many(oneOf(FEATURES, 'what the tenant uses; give it several times')),
  auto: probability('confidence from which a label is used without review'),
  'auto-precision': probability(
    'instead of --auto: the share of right labels among those used without review, as 0.99',
  ),
  quick: probability('confidence from which a quick review is enough'),
  'min-score': probability('lowest score that a record keeps'),
  'top-k': number('labels that a record keeps at most'),
  'images-per-day': number('images that are labelled in a day; the others wait for the next'),
  'requests-per-minute': number('requests of all callers of its API'),
  'control-every': wholeNumber('N', 'in the review, one of N pictures is a control with a known answer', {
    min: 2,
    max: 1_000,
  }),
  'double-every': wholeNumber('N', 'one of N images needs the same answer of two people; 1: each image', {
    min: 1,
    max: 1_000,
  }),
  'max-bytes': number('largest upload, up to that of the installation'),
  default: many(oneOf(SETTINGS, 'set: the default of the installation for this setting')),
} as const;

export type SettingValues = Values<typeof SETTING_OPTIONS>;

/** The settings that were given replace the known ones. @throws {InputError} @throws {UsageError} */
export function changedSettings(known: TenantDocument, values: SettingValues): TenantDocument {
  const { default: defaults } = values;
  const { 'images-per-day': imagesPerDay, 'requests-per-minute': requestsPerMinute } = values;
  const { 'control-every': controlEvery, 'double-every': doubleEvery } = values;
  const kept = Object.fromEntries(
    Object.entries(known).filter(([name]) => !defaults.some((each) => each === name)),
  ) as TenantDocument;
  const tenant = parseTenant({
    ...kept,
    ...given({ name: values.name, timeZone: values['time-zone'] }),
    ...(values.feature.length > 0 && { features: [...new Set(values.feature)] }),
    ...merged('thresholds', kept.thresholds, thresholdsOf(values)),
    ...merged('quota', kept.quota, given({ imagesPerDay, requestsPerMinute })),
    ...merged('review', kept.review, given({ controlEvery, doubleEvery })),
    ...merged('uploads', kept.uploads, given({ maxBytes: values['max-bytes'] })),
  });
  assertOrder(tenant);
  return tenant;
}

/** @throws {UsageError} no label could be in the tier between the thresholds */
function assertOrder({ thresholds: { auto = 1, quick = 0 } = {} }: TenantDocument): void {
  if (quick > auto) throw new UsageError(`Expected --quick up to --auto, ${auto}, but received ${quick}`);
}

/** Of `auto` and `autoPrecision`, the one that is given replaces the other. @throws {UsageError} both are given */
function thresholdsOf({
  auto,
  'auto-precision': autoPrecision,
  quick,
  'min-score': minScore,
  'top-k': topK,
}: SettingValues): object {
  if (auto !== undefined && autoPrecision !== undefined)
    throw new UsageError('Expected --auto or --auto-precision but received both');
  const isOneGiven = auto !== undefined || autoPrecision !== undefined;
  return { ...given({ quick, minScore, topK }), ...(isOneGiven && { auto, autoPrecision }) };
}

function merged(name: string, known: object | undefined, values: object): object {
  const all = given({ ...known, ...values });
  return Object.keys(all).length === 0 ? {} : { [name]: all };
}

function given(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function isTimeZone(name: string): boolean {
  try {
    return parseTimeZone(name) === name;
  } catch {
    return false;
  }
}
