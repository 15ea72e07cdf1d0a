/**
 * Finds Google's emulators: by environment variables, then in the Google Cloud SDK, then in firebase-tools' cache. If a variable
 * is set and its file does not exist, the search ends with this fault, because the user wanted that file.
 */
import { dirname, join, resolve } from 'node:path';
import { findJava, type JavaSearch } from './java.js';
import { type EmulatorProduct, type EmulatorProgram, FIRESTORE, PUBSUB } from './programs.js';
import type { Surroundings } from './surroundings.js';

export type Missing =
  | { readonly what: 'java'; readonly found: Exclude<JavaSearch, { kind: 'found' }> }
  | { readonly what: 'emulator'; readonly product: EmulatorProduct }
  | {
      readonly what: 'named-file';
      readonly product: EmulatorProduct;
      readonly variable: string;
      readonly path: string;
    };

export type EmulatorSearch =
  | { readonly kind: 'found'; readonly firestore: EmulatorProgram; readonly pubsub: EmulatorProgram }
  | { readonly kind: 'missing'; readonly missing: readonly Missing[] };

/** Lists everything that is missing, so that the user can install all of it at once. */
export async function resolveEmulators(on: Surroundings): Promise<EmulatorSearch> {
  const [java, sdk] = await Promise.all([findJava(on), findSdk(on)]);
  const place = { on, sdk, java: java.kind === 'found' ? java : { command: 'java', version: '' } };
  const firestore = locate(FIRESTORE, place);
  const pubsub = locate(PUBSUB, place);
  const missing: Missing[] = java.kind === 'found' ? [] : [{ what: 'java', found: java }];
  if ('what' in firestore) missing.push(firestore);
  if ('what' in pubsub) missing.push(pubsub);
  if (missing.length > 0 || 'what' in firestore || 'what' in pubsub) return { kind: 'missing', missing };
  return { kind: 'found', firestore, pubsub };
}

interface SearchPlace {
  readonly on: Surroundings;
  readonly sdk: string | undefined;
  readonly java: { readonly command: string; readonly version: string };
}

function locate(product: EmulatorProduct, place: SearchPlace): EmulatorProgram | Missing {
  const { on, sdk } = place;
  for (const variable of product.variables) {
    const path = on.env[variable];
    if (path === undefined || path === '') continue;
    return on.exists(path)
      ? asProgram(product, path, place)
      : { what: 'named-file', product, variable, path };
  }
  const candidates = [...(sdk === undefined ? [] : [join(sdk, ...product.sdkPath)]), ...cached(product, on)];
  const path = candidates.find((candidate) => on.exists(candidate));
  return path === undefined ? { what: 'emulator', product } : asProgram(product, path, place);
}

function asProgram(
  product: EmulatorProduct,
  path: string,
  { on, java: { command: java, version: javaVersion } }: SearchPlace,
): EmulatorProgram {
  const { mainClass } = product;
  if (path.endsWith('.jar')) return { kind: 'jar', java, javaVersion, jar: path, mainClass };
  const directory = resolve(dirname(on.realPath(path)), product.jarDirectory);
  const jar = on.list(directory).find((name) => product.jarName.test(name));
  if (jar === undefined) return { kind: 'script', java, script: path };
  return { kind: 'jar', java, javaVersion, jar: join(directory, jar), mainClass };
}

/** The folder in which firebase-tools keeps downloaded emulators. */
export function firebaseCache({ env, homeDirectory }: Surroundings): string {
  return env['FIREBASE_EMULATORS_PATH'] ?? join(homeDirectory, '.cache', 'firebase', 'emulators');
}

/** The newest version first. */
function cached(product: EmulatorProduct, on: Surroundings): readonly string[] {
  const cache = firebaseCache(on);
  return on
    .list(cache)
    .filter((name) => product.cacheName.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => join(cache, name, ...product.cachePath));
}

/** `gcloud info` takes a second, so it runs only if the SDK is not the folder above `gcloud`. */
async function findSdk(on: Surroundings): Promise<string | undefined> {
  const isSdk = (root: string) => on.exists(join(root, 'platform'));
  const named = on.env['CLOUDSDK_ROOT'] ?? on.env['CLOUDSDK_ROOT_DIR'];
  if (named !== undefined && isSdk(named)) return named;
  const gcloud = onPath('gcloud', on);
  if (gcloud === undefined) return undefined;
  const beside = dirname(dirname(on.realPath(gcloud)));
  if (isSdk(beside)) return beside;
  const answer = await on.run(gcloud, ['info', '--format=value(installation.sdk_root)']);
  const said = answer.ok ? answer.output.trim().split('\n').at(-1) : undefined;
  return said !== undefined && isSdk(said) ? said : undefined;
}

function onPath(name: string, on: Surroundings): string | undefined {
  const directories = (on.env['PATH'] ?? '').split(':').filter((directory) => directory !== '');
  return directories.map((directory) => join(directory, name)).find((path) => on.exists(path));
}
