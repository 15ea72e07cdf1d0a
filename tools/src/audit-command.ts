/**
 * `npm audit` and `npm audit signatures` for continuous integration. Fails if they find something; prints a line if the registry
 * does not support them.
 */
import { EXIT, type ExitStatus, runCommand } from '@hangtag/emulators/command-line.js';
import { AUDITS, audit } from './audit.js';

const COMMAND = {
  name: 'npm run audit',
  what: `Runs npm's audits of vulnerabilities and of signatures.
Exit code 0: nothing was found, or the registry has no audits. 1: something was found. 2: wrong usage.`,
  options: {},
} as const;

await runCommand(COMMAND, async () => {
  let status: ExitStatus = EXIT.done;
  for (const [name, each] of Object.entries(AUDITS)) {
    const verdict = await audit(each);
    switch (verdict.kind) {
      case 'unanswered':
        console.warn(`SKIPPED ${name}: the registry does not answer it (${verdict.why})`);
        break;
      case 'failed':
        console.error(`${name} FAILED: ${verdict.summary}`);
        status = EXIT.unfinished;
        break;
      case 'passed':
        console.log(`${name}: ${verdict.summary}`);
    }
  }
  return status;
});
