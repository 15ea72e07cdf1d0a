import { part } from './part.mjs';

export default part({
  // The other modules run in a worker process, where mutants are not active.
  mutate: ['shared/dist/inference/isolation/{pool,pool-worker}.js'],
  tests: 'unit/inference/pool(-staff)?',
  least: 85,
  // Half of the mutants make a test wait for an answer that never comes.
  longestTestMs: 8_000,
});
