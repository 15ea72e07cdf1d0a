/**
 * The entry of the functions: a declaration for each entry of the table, under its name. `bundle.mjs` makes an export of
 * each, which is what `firebase deploy`, the emulator suite, functions-framework and the local host read. Declaring
 * starts nothing: the application of the process is made by the first event, or by `start`.
 */
import type { SpareWorker } from '@hangtag/shared/inference/isolation/worker-process.js';
import { cloudApp } from './app/cloud-app.js';
import { type Declared, declareAll } from './platform/declare-all.js';
import { PARAMETERS, SECRETS } from './platform/parameters.js';

/** @param spare becomes the first worker of the model */
export function declared(spare?: SpareWorker): Declared {
  return declareAll({
    app: () => cloudApp(process.env, spare),
    parameters: PARAMETERS,
    secrets: SECRETS,
  });
}
