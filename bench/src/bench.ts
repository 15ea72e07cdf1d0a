/**
 * `npm run bench`: figures on standard output, progress on standard error. Exit code 0: every chosen benchmark
 * has its figures. 1: at least one has none. 2: wrong usage.
 */
import { EXIT, type ExitStatus, runCommand } from '@hangtag/emulators/command-line.js';
import { compare } from './comparison.js';
import { figuresOf, figuresOfTwice, type Measurement } from './figure.js';
import { comparisonText, figuresText } from './figures-text.js';
import { thisMachine } from './machine.js';
import { type BenchOptions, COMMAND, entriesOf } from './options.js';
import { type Results, readResults, writeResults } from './results.js';
import { type Outcome, runBenchmarks } from './run-benchmarks.js';

await runCommand(COMMAND, ({ options }) => main(options));

async function main(options: BenchOptions): Promise<ExitStatus> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const begun = { machine: thisMachine(), date: new Date().toISOString() };
  const before = options.compare === undefined ? undefined : await readResults(options.compare);
  const run = () =>
    runBenchmarks({
      entries: entriesOf(options),
      scale: options.quick ? 'quick' : 'full',
      signal: interrupted.signal,
      say: (line) => console.error(line),
    });
  const first = await run();
  const second = options.twice ? await run() : [];
  const outcomes = [...first, ...second];
  const figures = options.twice
    ? figuresOfTwice(measurementsOf(first), measurementsOf(second))
    : figuresOf(measurementsOf(first));
  const results: Results = { ...begun, figures };
  console.log(figuresText(results.figures));
  if (options.json !== undefined) await writeResults(options.json, results);
  if (before !== undefined) printComparison(before, results);
  return printMissing(outcomes) || interrupted.signal.aborted ? EXIT.unfinished : EXIT.done;
}

function measurementsOf(outcomes: readonly Outcome[]): readonly Measurement[] {
  return outcomes.flatMap((outcome) => (outcome.kind === 'measured' ? outcome.measurements : []));
}

function printComparison(before: Results, { figures }: Results): void {
  console.log(`\nAgainst the figures of ${before.date}, ${before.machine.cores} cores:`);
  console.log(comparisonText(compare(before.figures, figures)));
}

/** Prints the benchmarks without figures. @returns whether there is one */
function printMissing(outcomes: readonly Outcome[]): boolean {
  const bad = outcomes.filter((outcome) => outcome.kind !== 'measured');
  for (const { kind, name, reason } of bad) {
    console.error(`${name} ${kind === 'failed' ? 'failed' : 'was not run'}: ${reason}`);
  }
  return bad.length > 0;
}
