/** The npm package `@hangtag/functions`: the functions for a Firebase project that exists. Importing it starts nothing. */
import { fileURLToPath } from 'node:url';
import { parseConfig, SECRET_KEYS, type SecretKey } from '@hangtag/shared/config.js';
import { ConfigError } from '@hangtag/shared/errors.js';
import { cloudApp } from '../app/cloud-app.js';
import type { Declaration } from '../platform/declare.js';
import { declareAll } from '../platform/declare-all.js';
import { checkImageLabels, declareImageLabels } from '../platform/declare-image-labels.js';
import { isServed } from '../platform/function-target.js';
import { environmentOf, type Settings } from './settings.js';

/** `Etc/UTC` is the name that Cloud Scheduler documents. The model lies in the package. */
const DEFAULTS = {
  HANGTAG_TIME_ZONE: 'Etc/UTC',
  HANGTAG_MODEL_DIR: fileURLToPath(new URL('./models/fashion-mobilenetv2', import.meta.url)),
};

/**
 * @returns the functions to export, by name
 * @throws {ConfigError} it names every setting that is not valid, by its variable
 */
export function hangtag(settings: Settings = {}): Readonly<Record<string, Declaration>> {
  const { imageLabels, secrets = [] } = settings;
  const unknown = secrets.filter((key) => !SECRET_KEYS.includes(key));
  if (unknown.length > 0)
    throw new ConfigError(`Expected secrets of ${SECRET_KEYS.join(', ')} but received ${unknown.join(', ')}`);
  const env = { ...DEFAULTS, ...process.env, ...environmentOf(settings) };
  const config = parseConfig(env);
  const { declarations } = declareAll({
    app: () => cloudApp(env),
    parameters: config,
    secrets: Object.fromEntries(secrets.map((key) => [key, key])) as Partial<Record<SecretKey, string>>,
  });
  if (imageLabels === undefined) return declarations;
  checkImageLabels(imageLabels);
  if (!isServed('imageLabels')) return declarations;
  return { ...declarations, imageLabels: declareImageLabels(imageLabels, config.HANGTAG_REGION) };
}
