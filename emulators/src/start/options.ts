/** What `npm start --` understands. */

import { parseArgs } from 'node:util';
import { UsageError } from '@hangtag/shared/errors.js';
import { z } from 'zod';

const options = z.strictObject({
  /** Leave when every image has reached a terminal status. */
  once: z.boolean().default(false),
  /** Folder of pictures to drop instead of the drawings. */
  images: z.string().optional(),
  /** How many images to drop, at most. */
  count: z.coerce.number().int().min(0).max(1_000_000).optional(),
  /** File to write the results to. */
  json: z.string().optional(),
  'port-base': z.coerce.number().int().min(1024).max(65_000).default(8700),
  /** Folder that keeps buckets and records between runs. */
  data: z.string().optional(),
  /** Forget what the data folder holds. */
  fresh: z.boolean().default(false),
  /** Do without Google's emulators even where they are there. */
  embedded: z.boolean().default(false),
  help: z.boolean().default(false),
});

export type StartOptions = z.infer<typeof options>;

export const USAGE = `npm start -- [option ...]

  --once            leave when every image has its label: exit code 0, or 1 where one has none
  --images DIR      drop the pictures of a folder instead of the drawings
  --count N         drop at most N images
  --json FILE       write the results to a file
  --port-base N     first port to try (8700)
  --data DIR        keep buckets and records in DIR between runs
  --fresh           forget what DIR holds
  --embedded        do without Java and Google's emulators
`;

/** @throws {UsageError} every unusable word at once */
export function parseStartOptions(args: readonly string[]): StartOptions {
  const values = parse(args);
  const result = options.safeParse(values);
  if (result.success) return result.data;
  throw new UsageError(`${z.prettifyError(result.error)}\n\n${USAGE}`);
}

function parse(args: readonly string[]): object {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: flag,
        images: text,
        count: text,
        json: text,
        'port-base': text,
        data: text,
        fresh: flag,
        embedded: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`, { cause: error });
  }
}
