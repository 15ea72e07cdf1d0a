/** `npm start`: a stack, pictures dropped into it, and a table of what becomes of them. */
import { runCommand } from '../command-line.js';
import { START } from './options.js';
import { run } from './run.js';

await runCommand(START, ({ options }) => run(options));
