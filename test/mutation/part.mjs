/**
 * The Stryker options that all parts of the mutation run share. A part consists of modules and of the tests that must detect their
 * mutants. Each part has few tests, because a mutant of code that runs while a module loads gets a process that loads all of them.
 *
 * `tests`: a regular expression of paths below test/dist. `leaveOut`: a regular expression of test titles. `least`: the run
 * fails below this score, in per cent. `longestTestMs`: upper limit for the timeout of every test.
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
