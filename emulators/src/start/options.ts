/** The options of `npm start`. */
import { type CommandSpec, flag, text, type Values, wholeNumber, withDefault } from '../command-options.js';
import { folder, newFile } from '../path-options.js';

const options = {
  once: flag('leave when every image is done: exit code 0 when all have a label, otherwise 1'),
  images: folder('drop the pictures of a folder in place of the drawings'),
  count: wholeNumber('N', 'drop at most N images', { min: 0, max: 1_000_000 }),
  json: newFile('FILE', 'write the results to a file'),
  trace: newFile('FILE', 'write the trace of one image, from its upload to its label, as an HTML page'),
  'port-base': withDefault(wholeNumber('N', 'first port to try (8700)', { min: 1_024, max: 65_000 }), 8_700),
  data: text('DIR', 'keep buckets and records in DIR between runs'),
  fresh: flag('empty DIR first'),
  'enforce-indexes': flag(
    'refuse Firestore queries without an index in firestore.indexes.json, as production does',
  ),
  wardrobe: flag('make the pictures the wardrobe of a person, with a calendar: docs/wardrobe.md'),
  'no-open': flag('do not open the page in the browser'),
  embedded: flag("work without Java and Google's emulators"),
} as const;

export type StartOptions = Values<typeof options>;

export const START: CommandSpec<typeof options> = {
  name: 'npm start',
  what: 'Starts everything, drops pictures into the bucket and shows their labels.',
  options,
};
