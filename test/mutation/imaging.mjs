import { part } from './part.mjs';

export default part({
  mutate: ['shared/dist/imaging/**/*.js'],
  tests: 'unit/imaging/.*',
  least: 85,
});
