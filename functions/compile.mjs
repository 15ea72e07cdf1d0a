/**
 * Writes the compiled code of the declarations, for the Node that runs this program and for its flags. Google Cloud runs it once for
 * each deployment, after the packages are installed (`gcp-build` in package.json).
 *
 * Starts an instance of `classify`, so that V8 has compiled what a start needs. No service answers at these addresses.
 */
import { setFlagsFromString } from 'node:v8';

const NOWHERE = '127.0.0.1:1';
Object.assign(process.env, {
  FUNCTION_TARGET: 'classify',
  GCLOUD_PROJECT: 'demo-compile',
  FIRESTORE_EMULATOR_HOST: NOWHERE,
  PUBSUB_EMULATOR_HOST: NOWHERE,
  STORAGE_EMULATOR_HOST: `http://${NOWHERE}`,
  METADATA_SERVER_DETECTION: 'none',
});
// With the settings of an installation, a start that fails could send an alert.
for (const name of Object.keys(process.env)) if (name.startsWith('HANGTAG_')) delete process.env[name];

// Otherwise V8 drops code that did not run for some time, for example while the worker of the model starts.
setFlagsFromString('--no-flush-bytecode');
const { runScript } = await import('./cached-script.mjs');
const { declared, writeCompiled } = runScript();
// What has not run is compiled when it is needed.
await declared()
  .start()
  .catch(() => undefined);
// The code is for these flags.
setFlagsFromString('--flush-bytecode');
writeCompiled();
process.exit();
