/** The options of `npm run bench`. */
import { flag, many, oneOf, type Parsed } from '@hangtag/emulators/command-options.js';
import { file, newFile } from '@hangtag/emulators/path-options.js';
import type { Entry } from './benchmark.js';
import { BENCHMARKS } from './registry.js';

const NAMES = BENCHMARKS.map(({ name }) => name);
const LIST = BENCHMARKS.map(({ name, what }) => `  ${name.padEnd(20)}${what}`).join('\n');

export const COMMAND = {
  name: 'npm run bench',
  what: `Prints the figures as a table. The benchmarks:\n\n${LIST}`,
  options: {
    only: many(oneOf(NAMES, 'run one benchmark; may be given several times')),
    quick: flag('small sizes and few runs: rough figures within a few minutes'),
    json: newFile('FILE', 'write the figures to a file'),
    compare: file(
      'FILE',
      'compare with the figures of this file, and name what is worse by more than its noise',
    ),
    twice: flag('run every benchmark twice in turns: the difference is the noise of its figures'),
  },
} as const;

export type BenchOptions = Parsed<typeof COMMAND.options>['options'];

/** The chosen benchmarks in the order of the list. If none is chosen, all of them but those that run only by name. */
export function entriesOf({ only }: Pick<BenchOptions, 'only'>): readonly Entry[] {
  return BENCHMARKS.filter(({ name, onlyByName = false }) =>
    only.length === 0 ? !onlyByName : only.includes(name),
  );
}
