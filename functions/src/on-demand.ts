/** Declarations of what is called by request. They stand apart since they load much that events do without. */
import { onRequest } from 'firebase-functions/v2/https';
import { reportPorts, sweepPorts } from './composition.js';
import { bucket, reporting, sweeping } from './settings.js';
import { answerSweep } from './sweep/answer.js';

/** On demand, for callers that the project lets invoke it: `{bucket?, prefix?, reason?, dryRun?}` or `{bucket?, wish}`. */
export const sweepNow = onRequest({ ...sweeping, invoker: 'private' }, async ({ body }, response) => {
  const { status, answer } = await answerSweep(body, await sweepPorts(), bucket.value());
  response.status(status).json(answer);
});

/** On demand, for callers that the project lets invoke it: POST `{day?, tenant?}`; without a day, yesterday. */
export const reportNow = onRequest({ ...reporting, invoker: 'private' }, async (request, response) => {
  const { answerReport } = await import('./report/on-demand.js');
  const { status, body } = await answerReport(request, await reportPorts());
  response.status(status).json(body);
});
