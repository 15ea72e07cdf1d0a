import { startRun } from '@hangtag/bench/measure/start-run.js';
import { expect } from 'chai';
import { hasProgram } from '../../support/has-program.js';
import { rejection } from '../../support/rejection.js';
import { skip } from '../../support/skip.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const OPTIONS = ['--embedded', '--count', '3'];
const ROW = /│ sample-0001\.jpg +│ (?:done|review) /;

describe('A measured run of npm start', () => {
  const [terminal, pipe] = [temporaryDirectory(), temporaryDirectory()];

  it('shows the table in a terminal, and the time of its first label is after that of its start', async function () {
    this.timeout(240_000);
    if (!hasProgram('script')) skip(this, 'expected script on the PATH but found none');

    const run = await startRun({ output: 'terminal', folder: terminal, options: OPTIONS });

    expect(run.summary).to.include({ images: 3, labelled: 3 });
    expect(run.text).to.match(ROW).and.contain('3 of 3 images have a label');
    expect(run.printedAfter(/^Running /m)).to.be.within(1, run.printedAfter(ROW));
  });

  it('shows no table in a pipe', async function () {
    this.timeout(240_000);
    const run = await startRun({ output: 'pipe', folder: pipe, options: OPTIONS });

    expect(run.text).not.to.match(ROW);
    expect(run.text).to.match(/^(?:done|review) .* sample-0001\.jpg$/m);
  });

  it('fails with the exit code if it does not start', async function () {
    this.timeout(60_000);
    const error = await rejection(startRun({ output: 'pipe', folder: pipe, options: ['--coun', '3'] }));

    expect(error).to.be.an('error').with.property('message').that.contains('exit code 0 but received 2');
  });
});
