import { part } from './part.mjs';

export default part({
  mutate: ['shared/dist/inference/*.js'],
  tests: 'unit/inference/(eventual-classifier|load-model|manifest|inspect|tensor)',
  // A backend that is not installed here, and faults of libraries: docs/reliability.md.
  least: 85,
});
