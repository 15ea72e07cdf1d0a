/**
 * `npm run bench`: the figures as a table on standard output, what goes on on standard error. Exit code 0 where every benchmark
 * that was asked for gave its figures, 1 where one did not, 2 where the command was misused.
 */

import { fileURLToPath } from 'node:url';
import { UsageError } from '@hangtag/shared/errors.js';
import { compare } from './comparison.js';
import { figuresOf } from './figure.js';
import { comparisonText, figuresText } from './figures-text.js';
import { thisMachine } from './machine.js';
import { type BenchOptions, parseBenchOptions, USAGE } from './options.js';
import { type Results, readResults, writeResults } from './results.js';
import { type Outcome, runBenchmarks } from './run-benchmarks.js';

const BASELINE = fileURLToPath(new URL('../baseline.json', import.meta.url));

try {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  else process.exitCode = await main(options);
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main({ entries, quick, json, compare: isCompared }: BenchOptions): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const begun = { machine: thisMachine(), date: new Date().toISOString() };
  const outcomes = await runBenchmarks({
    entries,
    scale: quick ? 'quick' : 'full',
    signal: interrupted.signal,
    say: (line) => console.error(line),
  });
  const measurements = outcomes.flatMap((outcome) =>
    outcome.kind === 'measured' ? outcome.measurements : [],
  );
  const results: Results = { ...begun, figures: figuresOf(measurements) };
  console.log(figuresText(results.figures));
  if (json !== undefined) await writeResults(json, results);
  if (isCompared) await printComparison(results);
  return complain(outcomes) || interrupted.signal.aborted ? 1 : 0;
}

async function printComparison({ figures }: Results): Promise<void> {
  const baseline = await readResults(BASELINE);
  console.log(`\nAgainst the baseline of ${baseline.date}, ${baseline.machine.cores} cores:`);
  console.log(comparisonText(compare(baseline.figures, figures)));
}

/** @returns whether there was anything to complain of */
function complain(outcomes: readonly Outcome[]): boolean {
  const bad = outcomes.filter((outcome) => outcome.kind !== 'measured');
  for (const { kind, name, reason } of bad) {
    console.error(`${name} ${kind === 'failed' ? 'failed' : 'was not run'}: ${reason}`);
  }
  return bad.length > 0;
}
