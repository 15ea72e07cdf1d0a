/** The process of one benchmark: `isolated-benchmark.js NAME full|quick`, by fork alone. */
import { figuresOf } from './figure.js';
import { BENCHMARKS } from './registry.js';

// Google's clients otherwise look for a metadata server, for seconds, and warn that there is none.
process.env['METADATA_SERVER_DETECTION'] ??= 'none';
// Whoever started it is gone: what it started goes with it, each with a guard of its own.
process.once('disconnect', () => process.exit(1));

const [name, scale] = process.argv.slice(2);
const entry = BENCHMARKS.find((candidate) => candidate.name === name);
if (entry === undefined) throw new RangeError(`Expected the name of a benchmark but received ${name}`);
const run = await entry.load();
const measurements = await run({
  scale: scale === 'quick' ? 'quick' : 'full',
  say: (line) => console.error(`  ${line}`),
});
// What no figure can be made of fails here, where it costs no other benchmark's figures.
figuresOf(measurements);
process.send?.(measurements, () => process.exit());
