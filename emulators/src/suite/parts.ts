/** The parts of `firebase emulators:start` that are downloads of firebase-tools, and what the suite leaves out. */
import { join } from 'node:path';
import { firebaseCache } from '../google/resolve.js';
import type { Surroundings } from '../google/surroundings.js';
import type { SuiteConfigRequest } from './suite-config.js';

type Ui = SuiteConfigRequest['ui'];

/** The emulator UI needs a download, which firebase-tools keeps in its cache. */
export function findUi(on: Surroundings): Ui {
  return on.list(firebaseCache(on)).some((name) => /^ui-v[\d.]+$/.test(name)) ? 'on' : 'off';
}

/** firebase-tools' variable for another path of the rules runtime. */
const RULES_RUNTIME_VARIABLE = 'STORAGE_EMULATOR_BINARY_PATH';

export type RulesRuntime =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing'; readonly message: string };

/** The program with which the Storage emulator decides by storage.rules. */
export function findRulesRuntime(on: Surroundings): RulesRuntime {
  const named = on.env[RULES_RUNTIME_VARIABLE];
  const cache = firebaseCache(on);
  const cached = on.list(cache).filter((name) => /^cloud-storage-rules-runtime-v[\d.]+\.jar$/.test(name));
  const path = named ?? cached.map((name) => join(cache, name)).at(-1);
  if (path !== undefined && on.exists(path)) return { kind: 'found', path };
  const place = named === undefined ? cache : `${named}, which ${RULES_RUNTIME_VARIABLE} names`;
  const message = `Expected the rules runtime of the Storage emulator in ${place} but found none. Type: npx firebase-tools@14 setup:emulators:storage`;
  return { kind: 'missing', message };
}

/** @returns a line for each part, to print */
export function linesOfLeftOut(ui: Ui, firebaseTools: string): readonly string[] {
  const storage =
    'Storage emulator: left out. It needs a download, and ignores generations and preconditions. The bucket server replaces it.';
  const noUi = `UI: left out. It is a download: npx ${firebaseTools} setup:emulators:ui`;
  return [storage, ...(ui === 'off' ? [noUi] : [])];
}
