import { part } from './part.mjs';

export default part({
  mutate: ['shared/dist/*.js'],
  tests: 'unit/(config|log|respond|domain/record)',
  least: 85,
});
