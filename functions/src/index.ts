/**
 * The entry of the functions: a declaration for each entry of the table, under its name. `bundle.mjs` makes an export of
 * each, which is what `firebase deploy`, the emulator suite, functions-framework and the local host read. Importing it
 * starts nothing: the application of the process is made by the first event, or by `start`.
 */
import { cloudApp } from './app/cloud-app.js';
import { declareAll } from './platform/declare-all.js';
import { PARAMETERS, SECRETS } from './platform/parameters.js';

export const { declarations, start } = declareAll({
  app: cloudApp,
  parameters: PARAMETERS,
  secrets: SECRETS,
});
