import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { START_FLAGS } from '@hangtag/bench/isolation.js';
import { BENCHMARKS } from '@hangtag/bench/registry.js';
import { readResults } from '@hangtag/bench/results.js';
import { runBenchmarks } from '@hangtag/bench/run-benchmarks.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const PROGRAM = fromRoot('bench/dist/bench.js');

function bench(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

describe('npm run bench', () => {
  const folder = temporaryDirectory();

  it('measures in a separate process, prints a table and writes the figures', async function () {
    this.timeout(240_000);
    const file = join(folder, 'figures.json');

    const { status, stdout, stderr } = bench(['--quick', '--only', 'scale', '--json', file]);

    expect(status, stderr).to.equal(0);
    const { machine, date, figures } = await readResults(file);
    expect(machine.cores).to.be.at.least(1);
    expect(Date.parse(date)).to.be.at.most(Date.now());
    const ids = figures.find(({ name }) => name === 'scale.hottest_range.random_names.document_id');
    expect(ids).to.include({ unit: 'share', runs: 1 });
    // Evenly distributed it would be 1/256.
    expect(ids?.median).to.be.within(1 / 256 - 0.001, 0.05);
    expect(stdout).to.contain('scale.hottest_range.random_names.document_id');
  });

  it('runs the stack with the heap settings of npm start', () => {
    const { scripts } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));

    expect(scripts.start).to.match(new RegExp(`^node ${START_FLAGS.join(' ')} emulators/`));
  });

  it('prints its usage for wrong options', () => {
    const { status, stdout, stderr } = bench(['--only', 'speed']);

    expect(status).to.equal(2);
    expect(stdout).to.equal('');
    expect(stderr).to.contain('pipeline');
  });

  it('fails if none of the chosen benchmarks could run, with names and reasons', () => {
    const { status, stderr } = bench(['--only', 'latency'], { FIRESTORE_EMULATOR_BINARY_PATH: '/nowhere' });

    expect(status).to.equal(1);
    expect(stderr).to.contain('latency was not run').and.contain('/nowhere');
  });

  it('names benchmarks that need the missing emulators, and runs the others', async function () {
    this.timeout(240_000);
    const entries = BENCHMARKS.filter(({ name }) => name === 'latency' || name === 'wardrobe');

    const outcomes = await runBenchmarks({
      entries,
      scale: 'quick',
      signal: new AbortController().signal,
      say: () => undefined,
      whatIsMissing: async () => 'No Java.',
    });

    expect(outcomes.map(({ kind }) => kind)).to.deep.equal(['measured', 'not-run']);
    expect(outcomes[1]).to.deep.equal({ kind: 'not-run', name: 'latency', reason: 'No Java.' });
  });

  it('continues after a benchmark that crashed', async function () {
    this.timeout(240_000);
    const [known] = BENCHMARKS;
    const unknown = { ...known, name: 'unknown', what: '', needs: 'nothing' } as const;
    const wardrobe = BENCHMARKS.filter(({ name }) => name === 'wardrobe');

    const outcomes = await runBenchmarks({
      entries: [{ ...unknown, load: () => Promise.reject(new Error('unused')) }, ...wardrobe],
      scale: 'quick',
      signal: new AbortController().signal,
      say: () => undefined,
    });

    expect(outcomes.map(({ kind }) => kind)).to.deep.equal(['failed', 'measured']);
  });
});
