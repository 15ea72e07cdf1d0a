import { part } from './part.mjs';

export default part({
  // The rest runs in a worker process, which no mutant reaches.
  mutate: ['shared/dist/inference/isolation/{pool,pool-worker}.js'],
  tests: 'unit/inference/pool(-staff)?',
  least: 85,
  // Every other mutant has a test wait for an answer that never comes.
  longestTestMs: 8_000,
});
