import { part } from './part.mjs';

export default part({
  mutate: ['shared/dist/adapters/{memory,notify}/*.js'],
  tests:
    'unit/memory-records|contract/(object-store|file-store|notifiers|record-store|report-memory-stores|sweep-stores|publisher|object-copier)',
  // The same tests of the cloud adapters: they are slow and test no code that is mutated here.
  leaveOut: ' (in Firestore|on Pub/Sub|in a bucket|in Cloud Storage) ',
  least: 85,
});
