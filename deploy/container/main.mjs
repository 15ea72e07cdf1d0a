/**
 * The program of the image. With FUNCTION_TARGET it serves this function under functions-framework, as Cloud Run does; without,
 * it serves the API alone, which needs no Google service.
 */
const target = process.env.FUNCTION_TARGET;

if (target) {
  const declared = (await import('./index.js'))[target];
  if (declared === undefined) {
    console.error(`Expected the name of a function for FUNCTION_TARGET but received ${target}`);
    process.exit(2);
  }
  process.env.FUNCTION_SIGNATURE_TYPE ??= 'eventTrigger' in declared.__endpoint ? 'cloudevent' : 'http';
  // Its program, which the package does not export.
  await import('./node_modules/@google-cloud/functions-framework/build/src/main.js');
} else {
  await import('./api-alone.js');
}
