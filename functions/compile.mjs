/**
 * Writes the compiled code of the declarations, for the Node that runs this program and for its flags. Google Cloud runs it once for
 * each deployment, after the packages are installed (`gcp-build` in package.json).
 *
 * Starts an instance of `classify`, so that V8 has compiled what a start needs. No service answers at these addresses.
 */
const NOWHERE = '127.0.0.1:1';
Object.assign(process.env, {
  FUNCTION_TARGET: 'classify',
  GCLOUD_PROJECT: 'demo-compile',
  FIRESTORE_EMULATOR_HOST: NOWHERE,
  PUBSUB_EMULATOR_HOST: NOWHERE,
  STORAGE_EMULATOR_HOST: `http://${NOWHERE}`,
});

const { runScript } = await import('./cached-script.mjs');
const { declared, writeCompiled } = runScript();
// What has not run is compiled when it is needed.
await declared()
  .start()
  .catch(() => undefined);
writeCompiled();
process.exit();
