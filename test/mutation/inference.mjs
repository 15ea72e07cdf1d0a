import { part } from './part.mjs';

export default part({
  mutate: ['shared/dist/inference/*.js'],
  tests: 'unit/inference/(load-model|manifest|inspect|tensor)',
  least: 85,
});
