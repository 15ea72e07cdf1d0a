import { part } from './part.mjs';

export default part({
  mutate: ['shared/dist/inference/*.js'],
  tests: 'unit/inference/(eventual-classifier|load-model|manifest|inspect|tensor)',
  // The rest needs a backend that is not installed here, or faults of libraries: docs/reliability.md.
  least: 85,
});
