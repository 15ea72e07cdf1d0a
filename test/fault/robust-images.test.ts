import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImageError } from '@hangtag/shared/errors.js';
import { isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
import type { ClassifierPool } from '@hangtag/shared/inference/isolation/pool.js';
import { expect } from 'chai';
import { COLOURS_MODEL, fromRoot } from '../fixtures/paths.js';
import { peakRssBytes } from '../support/process-memory.js';
import { skip } from '../support/skip.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const ARCHIVE = fromRoot('../shared/data/robust/robust-dev.tar.gz');
/** Generous, because other work on the machine also takes time. The slowest files are printed. */
const TIME_LIMIT_MS = 10_000;
const LIMIT_BYTES = 400_000_000;

interface Finding {
  readonly file: string;
  readonly outcome: string;
  readonly tookMs: number;
}

/** Real files from decoder test suites and fuzz corpora, through decoding and inference. */
describe('hostile files from the wild', function () {
  this.timeout(600_000);
  let folder: string;
  let pool: ClassifierPool;

  before(async function () {
    if (!existsSync(ARCHIVE)) skip(this, `expected the hostile files at ${ARCHIVE}`);
    folder = temporaryDirectory();
    await promisify(execFile)('tar', ['-xzf', ARCHIVE, '-C', folder]);
    pool = await isolateClassifier(COLOURS_MODEL, {
      engine: 'onnx',
      timeLimitMs: TIME_LIMIT_MS,
    });
  });

  after(async () => {
    await pool?.close();
  });

  it('are each labelled or rejected with a reason: no worker dies, hangs or exceeds its memory', async () => {
    const files = await filesBelow(folder);
    const findings: Finding[] = [];
    const waiting = [...files];
    const workOff = async () => {
      for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
        findings.push(await classify(pool, folder, file));
      }
    };
    await Promise.all(pool.workerPids.map(workOff));

    const peaks = await Promise.all(pool.workerPids.map(peakRssBytes));
    print(findings, peaks);
    const deaths = findings.filter(
      ({ outcome }) => outcome.startsWith('!') || ['too-slow', 'too-large-to-decode'].includes(outcome),
    );
    expect(files).to.have.length.above(1_000);
    expect(findings).to.have.length(files.length);
    expect(deaths).to.deep.equal([]);
    for (const peak of peaks) expect(peak ?? 0).to.be.below(LIMIT_BYTES);
  });
});

async function classify(pool: ClassifierPool, folder: string, file: string): Promise<Finding> {
  const bytes = await readFile(join(folder, file));
  const startedAt = performance.now();
  const outcome = await pool.classify(bytes).then(
    () => 'labelled',
    (error: unknown) => (error instanceof ImageError ? error.code : `! ${error}`),
  );
  return { file, outcome, tookMs: performance.now() - startedAt };
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const areFiles = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).isFile()));
  return names.filter((_, index) => areFiles[index]);
}

function print(findings: readonly Finding[], peaks: readonly (number | undefined)[]): void {
  const outcomes = [...new Set(findings.map(({ outcome }) => outcome))].sort();
  const slowest = findings.toSorted((a, b) => b.tookMs - a.tookMs).slice(0, 3);
  const lines = [
    ...outcomes.map((name) => [name, findings.filter(({ outcome }) => outcome === name).length]),
    ...slowest.map(({ file, tookMs, outcome }) => [
      `slowest: ${file} (${outcome})`,
      `${tookMs.toFixed(0)} ms`,
    ]),
    ...peaks.map((peak) => ['peak resident size of a worker', `${Math.round((peak ?? 0) / 1e6)} MB`]),
  ];
  for (const [name, value] of lines) console.log(`      ${String(value).padStart(8)}  ${name}`);
}
