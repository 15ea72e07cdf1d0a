/**
 * `npm audit` and `npm audit signatures` for continuous integration. Fails if they find something; prints a line if the registry
 * does not support them.
 */
import { AUDITS, audit } from './audit.js';

for (const [name, each] of Object.entries(AUDITS)) {
  const verdict = await audit(each);
  switch (verdict.kind) {
    case 'unanswered':
      console.warn(`SKIPPED ${name}: the registry does not answer it (${verdict.why})`);
      break;
    case 'failed':
      console.error(`${name} FAILED: ${verdict.summary}`);
      process.exitCode = 1;
      break;
    case 'passed':
      console.log(`${name}: ${verdict.summary}`);
  }
}
