/**
 * What all parts of the mutation run have in common. A part is what is mutated and the tests that should notice; each
 * has its own tests, as a mutant of what runs while a module loads gets a process that loads them all.
 *
 * `tests`: paths below test/dist, as a regular expression; `leaveOut`: of those, by their titles. `least`: the score
 * below which the run fails, in per cent. `longestTestMs`: a test may take no longer, whatever it says itself.
 */
export const part = ({ mutate, tests, leaveOut, least, longestTestMs }) => ({
  plugins: ['./test/mutation/mocha-in-place.mjs'],
  testRunner: 'mocha-in-place',
  mochaInPlace: { tests, leaveOut, longestTestMs },
  mutate,
  inPlace: true,
  disableTypeChecks: false,
  coverageAnalysis: 'perTest',
  concurrency: 2,
  reporters: ['progress-append-only', 'clear-text'],
  clearTextReporter: { allowColor: false, logTests: false },
  thresholds: { high: 100, low: least, break: least },
  timeoutMS: 30_000,
});
