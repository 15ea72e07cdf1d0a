/** The file of a run. The committed baseline has the same form. */
import { readFile, writeFile } from 'node:fs/promises';
import { ConfigError } from '@hangtag/shared/errors.js';
import { z } from 'zod';
import type { Figure } from './figure.js';
import type { Machine } from './machine.js';

const figure = z.object({
  name: z.string(),
  unit: z.string(),
  min: z.number(),
  median: z.number(),
  max: z.number(),
  runs: z.number().int().positive(),
  ratioTo: z.string().exactOptional(),
  ratio: z.number().exactOptional(),
  noise: z.number().exactOptional(),
});

const results = z.object({
  machine: z.object({
    system: z.string(),
    cpu: z.string(),
    cores: z.number(),
    memoryGib: z.number(),
    node: z.string(),
    loadAverage: z.number(),
  }),
  date: z.iso.datetime(),
  figures: z.array(figure),
});

export interface Results {
  readonly machine: Machine;
  /** The start of the run. */
  readonly date: string;
  readonly figures: readonly Figure[];
}

/** @throws {ConfigError} the file is not one of a run */
export async function readResults(file: string): Promise<Results> {
  const parsed = results.safeParse(jsonOf(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    `Expected ${file} to be a file of \`npm run bench -- --json\` but received: ${z.prettifyError(parsed.error)}`,
  );
}

/** @returns undefined if the text is not JSON */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function writeResults(file: string, content: Results): Promise<void> {
  return writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}
