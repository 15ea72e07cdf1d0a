import { part } from './part.mjs';

export default part({
  mutate: ['shared/dist/adapters/{firestore,gcs,pubsub}/*.js', 'shared/dist/adapters/grpc-outcome.js'],
  tests:
    'contract/(object-store|file-store|record-store|report-firestore-stores|sweep-stores|publisher|object-copier)',
  // The same promises of the parts in memory, which belong to `adapters`.
  leaveOut: ' in memory',
  least: 85,
});
