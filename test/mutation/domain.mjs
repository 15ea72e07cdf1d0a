import { part } from './part.mjs';

export default part({
  mutate: ['shared/dist/domain/**/*.js'],
  tests: 'unit/(domain/.*|circuit|day-window|report-maths)',
  least: 100,
});
