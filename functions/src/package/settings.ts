import { type Config, SECRET_KEYS, type SecretKey } from '@hangtag/shared/config.js';
import type { ImageLabels } from '../platform/declare-image-labels.js';

/** A list has the form of its variable with commas, an object that of its JSON. */
export type SettingValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

type CamelCase<Snake extends string> = Snake extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Snake>;

type SettingName<Key extends string> = Key extends `HANGTAG_${infer Rest}` ? CamelCase<Rest> : never;

/** `dailyLimitImages` is the variable HANGTAG_DAILY_LIMIT_IMAGES of shared/src/config.ts, and so on. */
export type Settings = {
  readonly [Key in Exclude<keyof Config, SecretKey> as SettingName<Key>]?: SettingValue;
} & {
  /** Those that exist in Secret Manager. A function gets the ones that it needs. */
  readonly secrets?: readonly SecretKey[];
  /** Writes the documents of the extension "Label Images with Cloud Vision AI" too. */
  readonly imageLabels?: ImageLabels;
};

/** @returns the settings as environment variables */
export function environmentOf({ secrets, imageLabels, ...settings }: Settings): NodeJS.ProcessEnv {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [variableOf(name), textOf(value)]));
}

/** @returns names of settings */
export function settingNames(keys: readonly string[]): readonly string[] {
  const isSecret = (key: string) => (SECRET_KEYS as readonly string[]).includes(key);
  return keys.filter((key) => !isSecret(key)).map(nameOf);
}

function variableOf(name: string): string {
  return `HANGTAG_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function nameOf(variable: string): string {
  return variable
    .replace('HANGTAG_', '')
    .toLowerCase()
    .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function textOf(value: SettingValue): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
