/**
 * Mocha loads this file in each process of a test run: see `require` in .mocharc.cjs. A failed test may leave processes; they
 * end with the process that ran the test.
 */
import { descendantsOf } from './process-state.js';

// Mocha sends this to a process that does not exit within a second: the listener below runs to its end.
process.once('SIGTERM', () => process.exit(143));

process.on('exit', () => {
  for (const id of descendantsOf(process.pid)) {
    try {
      process.kill(id, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
});
