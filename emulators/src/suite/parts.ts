/** The parts of `firebase emulators:start` that the suite leaves out, with the reasons. */
import { firebaseCache } from '../google/resolve.js';
import type { Surroundings } from '../google/surroundings.js';
import type { SuiteConfigRequest } from './suite-config.js';

type Ui = SuiteConfigRequest['ui'];

/** The emulator UI needs a download, which firebase-tools keeps in its cache. */
export function findUi(on: Surroundings): Ui {
  return on.list(firebaseCache(on)).some((name) => /^ui-v[\d.]+$/.test(name)) ? 'on' : 'off';
}

/** @returns a line for each part, to print */
export function linesOfLeftOut(ui: Ui, firebaseTools: string): readonly string[] {
  const storage =
    'Storage emulator: left out. It needs a download, and ignores generations and preconditions. The bucket server replaces it.';
  const noUi = `UI: left out. It is a download: npx ${firebaseTools} setup:emulators:ui`;
  return [storage, ...(ui === 'off' ? [noUi] : [])];
}
