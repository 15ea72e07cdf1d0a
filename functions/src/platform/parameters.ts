/**
 * What `firebase deploy` asks for: the parameters of the declarations, and the secrets. All other
 * configuration is environment variables.
 */
import { type Config, NO_SECRET, parseConfig, SECRET_KEYS, type SecretKey } from '@hangtag/shared/config.js';
import { defineSecret, defineString } from 'firebase-functions/params';

const NAMES = [
  'HANGTAG_BUCKET',
  'HANGTAG_REGION',
  'HANGTAG_TIME_ZONE',
  'HANGTAG_UPLOADED_TOPIC',
  'HANGTAG_BACKFILL_TOPIC',
  'HANGTAG_LABELED_TOPIC',
  'HANGTAG_LEARN_TOPIC',
  'HANGTAG_DEAD_LETTER_TOPIC',
] as const satisfies readonly (keyof Config)[];

type ParameterName = (typeof NAMES)[number];

/** Values, or parameters that `firebase deploy` asks for. */
export type ParameterValues = Readonly<Record<ParameterName, string | ReturnType<typeof defineString>>>;

/** A function gets those of its secrets that are here: by name, or defined as one that must exist. */
export type Secrets = { readonly [K in SecretKey]?: string | ReturnType<typeof defineSecret> };

const DEFAULT_CONFIG = parseConfig({});
/** `Etc/UTC` is the name that Cloud Scheduler documents. */
const DEFAULTS = { ...DEFAULT_CONFIG, HANGTAG_TIME_ZONE: 'Etc/UTC' };

export const PARAMETERS = Object.fromEntries(
  NAMES.map((name) => [name, defineString(name, { default: DEFAULTS[name] })]),
) as ParameterValues;

/**
 * The default bucket of firebase-tools for the project `demo-hangtag`. The Storage tab of the emulator UI shows it, and SDKs use it
 * if no other is named.
 */
export const EMULATED_BUCKET = 'demo-hangtag.appspot.com';

export const SECRETS: Secrets = Object.fromEntries(SECRET_KEYS.map((key) => [key, defineSecret(key)]));

/**
 * The Firebase emulators ask for every parameter and secret that these two files do not hold, whatever its default.
 * Deployments do not read them.
 *
 * @returns text by the name of the file, which lies beside the functions
 */
export function emulatorFiles(
  config: Config = { ...DEFAULT_CONFIG, HANGTAG_BUCKET: EMULATED_BUCKET },
): Readonly<Record<'.env.local' | '.secret.local', string>> {
  const parameters = NAMES.map((name) => `${name}=${config[name]}\n`);
  const secrets = SECRET_KEYS.map((name) => `${name}=${textOf(config[name])}\n`);
  return { '.env.local': parameters.join(''), '.secret.local': secrets.join('') };
}

/** As it stands in an environment variable. */
function textOf(secret: string | object = NO_SECRET): string {
  return typeof secret === 'string' ? secret : JSON.stringify(secret);
}
