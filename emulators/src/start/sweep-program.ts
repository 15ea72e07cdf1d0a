/** `node sweep-program.js BUCKET`: a sweep of a bucket to which nothing is being uploaded. */
import { toolApp } from '@hangtag/functions/app/cloud-app.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';

await using app = toolApp();
const ports = await app.sweep();
const limits = { ...ports.limits, graceMs: 0, stuckMs: 0, timeBudgetMs: Number.POSITIVE_INFINITY };
const [bucket = ''] = process.argv.slice(2);
const result = await sweep(
  { bucket, prefix: '', passes: ['stuck', 'objects'], mode: 'repair' },
  { ...ports, limits },
);
if (result.outcome === 'refused') {
  console.error(`The sweep was refused: ${result.because}`);
  process.exitCode = 1;
} else {
  const { listed, repaired, failed } = result.state.progress;
  console.log(`${listed} objects compared, ${repaired} records repaired.\n`);
  if (failed > 0) process.exitCode = 1;
}
