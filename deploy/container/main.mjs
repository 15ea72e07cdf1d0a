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
  if ('eventTrigger' in declared.__endpoint) await serveEvents(declared);
  process.env.FUNCTION_SIGNATURE_TYPE = 'http';
  // Its program, which the package does not export.
  await import('./node_modules/@google-cloud/functions-framework/build/src/main.js');
} else {
  await import('./api-alone.js');
}

/** The framework prefers a function that is registered to one that the module exports. */
async function serveEvents(handle) {
  const [{ http }, { eventOfRequest }] = await Promise.all([
    import('@google-cloud/functions-framework'),
    import('./event-of-request.mjs'),
  ]);
  http(target, async ({ headers, body }, response) => {
    const event = eventOfRequest(headers, body);
    if (event === undefined) return response.sendStatus(400);
    try {
      await handle(event);
      return response.sendStatus(204);
    } catch (error) {
      console.error(error);
      return response.sendStatus(500);
    }
  });
}
