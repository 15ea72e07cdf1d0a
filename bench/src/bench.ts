/**
 * `npm run bench`: figures on standard output, progress on standard error. Exit code 0: every chosen benchmark
 * has its figures. 1: at least one has none. 2: wrong usage.
 */
import { fileURLToPath } from 'node:url';
import { EXIT, type ExitStatus, runCommand } from '@hangtag/emulators/command-line.js';
import { compare } from './comparison.js';
import { figuresOf } from './figure.js';
import { comparisonText, figuresText } from './figures-text.js';
import { thisMachine } from './machine.js';
import { type BenchOptions, COMMAND, entriesOf } from './options.js';
import { type Results, readResults, writeResults } from './results.js';
import { type Outcome, runBenchmarks } from './run-benchmarks.js';

const BASELINE = fileURLToPath(new URL('../baseline.json', import.meta.url));

await runCommand(COMMAND, ({ options }) => main(options));

async function main(options: BenchOptions): Promise<ExitStatus> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const begun = { machine: thisMachine(), date: new Date().toISOString() };
  const outcomes = await runBenchmarks({
    entries: entriesOf(options),
    scale: options.quick ? 'quick' : 'full',
    signal: interrupted.signal,
    say: (line) => console.error(line),
  });
  const measurements = outcomes.flatMap((outcome) =>
    outcome.kind === 'measured' ? outcome.measurements : [],
  );
  const results: Results = { ...begun, figures: figuresOf(measurements) };
  console.log(figuresText(results.figures));
  if (options.json !== undefined) await writeResults(options.json, results);
  if (options.compare) await printComparison(results);
  return printMissing(outcomes) || interrupted.signal.aborted ? EXIT.unfinished : EXIT.done;
}

async function printComparison({ figures }: Results): Promise<void> {
  const baseline = await readResults(BASELINE);
  console.log(`\nAgainst the baseline of ${baseline.date}, ${baseline.machine.cores} cores:`);
  console.log(comparisonText(compare(baseline.figures, figures)));
}

/** Prints the benchmarks without figures. @returns whether there is one */
function printMissing(outcomes: readonly Outcome[]): boolean {
  const bad = outcomes.filter((outcome) => outcome.kind !== 'measured');
  for (const { kind, name, reason } of bad) {
    console.error(`${name} ${kind === 'failed' ? 'failed' : 'was not run'}: ${reason}`);
  }
  return bad.length > 0;
}
