/** The file of a run. The committed baseline has the same form. */
import { readFile, writeFile } from 'node:fs/promises';
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

/** @throws Error if the file cannot be read or has another form */
export async function readResults(file: string): Promise<Results> {
  return results.parse(JSON.parse(await readFile(file, 'utf8')));
}

export function writeResults(file: string, content: Results): Promise<void> {
  return writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}
