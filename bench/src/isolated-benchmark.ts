/** The process of one benchmark: `isolated-benchmark.js NAME full|quick`. It must be started by `fork`. */
import { figuresOf } from './figure.js';
import { BENCHMARKS } from './registry.js';

// Without this, Google's clients look for a metadata server for seconds and warn that they found none.
process.env['METADATA_SERVER_DETECTION'] ??= 'none';
// The parent process is gone: end. The processes that this one started end too, each through its own guard.
process.once('disconnect', () => process.exit(1));

const [name, scale] = process.argv.slice(2);
const entry = BENCHMARKS.find((candidate) => candidate.name === name);
if (entry === undefined) throw new RangeError(`Expected the name of a benchmark but received ${name}`);
const run = await entry.load();
const measurements = await run({
  scale: scale === 'quick' ? 'quick' : 'full',
  say: (line) => console.error(`  ${line}`),
});
// Measurements that give no figure fail in this process, so that other benchmarks keep their figures.
figuresOf(measurements);
process.send?.(measurements, () => process.exit());
