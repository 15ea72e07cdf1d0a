import { part } from './part.mjs';

export default part({
  mutate: ['shared/dist/adapters/{firestore,gcs,pubsub}/*.js', 'shared/dist/adapters/grpc-outcome.js'],
  tests:
    'unit/outcomes|contract/(object-store|file-store|record-store|group-commit|report-firestore-stores|sweep-stores|publisher|object-copier|service-answers|gzip-objects|lost-answers)',
  // The same tests of the memory adapters, which belong to the part `adapters`.
  leaveOut: ' in memory',
  least: 85,
});
