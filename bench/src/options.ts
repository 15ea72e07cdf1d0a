/** What `npm run bench --` understands. */

import { parseArgs } from 'node:util';
import { UsageError } from '@hangtag/shared/errors.js';
import { z } from 'zod';
import type { Entry } from './benchmark.js';
import { BENCHMARKS } from './registry.js';

const NAMES = BENCHMARKS.map(({ name }) => name);

const options = z.strictObject({
  /** Names of benchmarks; all of them unless said. */
  only: z.array(z.enum(NAMES)).default([]),
  /** File to write the figures to. */
  json: z.string().min(1).optional(),
  /** Small sizes and few runs: seconds and not minutes, and rough figures. */
  quick: z.boolean().default(false),
  /** Show what changed against the committed baseline. */
  compare: z.boolean().default(false),
  help: z.boolean().default(false),
});

export type BenchOptions = Omit<z.infer<typeof options>, 'only'> & { readonly entries: readonly Entry[] };

export const USAGE = `npm run bench -- [option ...]

  --only NAME    run one benchmark; may be given several times
  --quick        small sizes and few runs: rough figures within a few minutes
  --json FILE    write the figures to a file
  --compare      show what changed against bench/baseline.json

${BENCHMARKS.map(({ name, what }) => `  ${name.padEnd(20)}${what}`).join('\n')}
`;

/** @throws {UsageError} every unusable word at once */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const result = options.safeParse(valuesOf(args));
  if (!result.success) throw new UsageError(`${z.prettifyError(result.error)}\n\n${USAGE}`);
  const { only, ...rest } = result.data;
  const entries = BENCHMARKS.filter(({ name }) => only.length === 0 || only.includes(name));
  return { ...rest, entries };
}

function valuesOf(args: readonly string[]): object {
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true },
        json: { type: 'string' },
        quick: flag,
        compare: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`, { cause: error });
  }
}
