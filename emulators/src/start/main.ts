/** `npm start`: starts a stack, uploads pictures and shows their records in a table. */
import { runCommand } from '../command-line.js';
import { START } from './options.js';
import { run } from './run.js';

await runCommand(START, ({ options }) => run(options));
