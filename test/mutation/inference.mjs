import { part } from './part.mjs';

export default part({
  mutate: [
    'shared/dist/inference/**/*.js',
    // What runs in a worker process, which no mutant reaches.
    '!shared/dist/inference/isolation/{entry,serve,worker-process,processor-time,settings}.js',
  ],
  tests: 'unit/inference/(load-model|pool|inspect)',
  least: 85,
});
