/** `npm start`: starts a stack, uploads pictures and shows their records in a table. */
import { runCommand } from '../command-line.js';
import { START } from './options.js';
import { run } from './run.js';

await runCommand(START, ({ options }) => run(options));
// Everything has stopped. Without this, timers that belong to none of our parts kept the process for up to 15 s.
process.exit();
