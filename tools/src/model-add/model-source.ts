import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '@hangtag/shared/errors.js';
import type { EngineName } from '@hangtag/shared/inference/manifest-facts.js';
import { externalDataPaths } from '@hangtag/shared/inference/onnx-files.js';
import { parseTfjsModel, weightPaths } from '@hangtag/shared/inference/tfjs-files.js';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import { z } from 'zod';

/** A folder with a model that was not made for Hangtag. */
export interface ModelSource {
  readonly dir: string;
  readonly engine: EngineName;
  readonly entry: string;
  /** The network's files, by their path in the folder. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** From `metadata.json` or `labels.txt`, if one of them exists. */
  readonly labels: readonly string[] | undefined;
  /** Teachable Machine does not write its preprocessing into the model, but it is always the same. */
  readonly isTeachableMachine: boolean;
}

const metadataSchema = z.looseObject({ labels: z.array(z.string()), tmVersion: z.string().optional() });

/** @throws {ModelError} there is not exactly one network in the folder, or a part of it is missing. */
export async function findModel(dir: string): Promise<ModelSource> {
  const names = await readdir(dir);
  const candidates = names.filter((name) => /\.onnx$/i.test(name) || name === 'model.json');
  const [entry, ...others] = candidates;
  if (entry === undefined || others.length > 0) {
    const fault = {
      at: dir,
      expected: 'one .onnx file or one model.json',
      received: (candidates.length > 0 ? candidates : names.toSorted()).join(', ') || 'none',
    };
    throw new ModelError(dir, [fault]);
  }
  const engine = entry === 'model.json' ? 'tfjs' : 'onnx';
  const metadata = names.includes('metadata.json') ? await readMetadata(dir) : undefined;
  const text = names.includes('labels.txt') ? await readText(dir, 'labels.txt') : undefined;
  return {
    dir,
    engine,
    entry,
    files: await readNetwork(dir, { engine, entry }),
    labels: metadata?.labels ?? (text === undefined ? undefined : parseLabels(text)),
    isTeachableMachine: metadata?.tmVersion !== undefined,
  };
}

/** One a line; Teachable Machine writes each behind its number. */
function parseLabels(text: string): readonly string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const isNumbered = lines.every((line, index) => line.startsWith(`${index} `));
  return isNumbered ? lines.map((line) => line.slice(line.indexOf(' ') + 1)) : lines;
}

async function readMetadata(dir: string): Promise<z.infer<typeof metadataSchema> | undefined> {
  const result = metadataSchema.safeParse(jsonOf(dir, await readText(dir, 'metadata.json')));
  return result.success ? result.data : undefined;
}

/** Without a byte order mark. Windows often writes other encodings, whose letters would be others in the labels. */
async function readText(dir: string, at: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(join(dir, at)));
  } catch (cause) {
    const received = cause instanceof TypeError ? 'bytes of another encoding' : describeSystemError(cause);
    throw new ModelError(dir, [{ at, expected: 'a text in UTF-8', received }], { cause });
  }
}

function jsonOf(dir: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const received = describeSystemError(cause);
    throw new ModelError(dir, [{ at: 'metadata.json', expected: 'a JSON file', received }], { cause });
  }
}

async function readNetwork(
  dir: string,
  { engine, entry }: { readonly engine: EngineName; readonly entry: string },
): Promise<ReadonlyMap<string, Uint8Array>> {
  const bytes = await readFile(join(dir, entry));
  const paths = engine === 'tfjs' ? tfjsPaths(dir, entry, bytes) : externalDataPaths(entry, bytes);
  const files = new Map<string, Uint8Array>([[entry, bytes]]);
  for (const path of paths) {
    files.set(path, await readWeights(dir, path));
  }
  return files;
}

function tfjsPaths(dir: string, entry: string, bytes: Uint8Array): readonly string[] {
  try {
    return weightPaths(entry, parseTfjsModel(bytes));
  } catch (cause) {
    const received = describeSystemError(cause);
    throw new ModelError(dir, [{ at: entry, expected: 'a network for tfjs', received }], { cause });
  }
}

/** The network contains the names of its files of weights, so they can have any name. */
async function readWeights(dir: string, path: string): Promise<Uint8Array> {
  const isInside = !path.startsWith('../');
  const stats = isInside ? await stat(join(dir, path)).catch(() => undefined) : undefined;
  if (stats?.isFile()) return readFile(join(dir, path));
  const received = stats === undefined ? 'none' : 'something else';
  throw new ModelError(dir, [{ at: path, expected: 'a file of weights in the folder', received }]);
}
