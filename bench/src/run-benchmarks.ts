/** Runs benchmarks one after another. A benchmark that fails or cannot run loses only its own figures. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMissing } from '@hangtag/emulators/google/missing.js';
import { resolveEmulators } from '@hangtag/emulators/google/resolve.js';
import { ownSurroundings } from '@hangtag/emulators/google/surroundings.js';
import type { Entry, Scale } from './benchmark.js';
import type { Measurement } from './figure.js';
import { runIsolated } from './isolation.js';

export type Outcome =
  | { readonly kind: 'measured'; readonly measurements: readonly Measurement[] }
  | { readonly kind: 'failed' | 'not-run'; readonly name: string; readonly reason: string };

export interface Request {
  readonly entries: readonly Entry[];
  readonly scale: Scale;
  readonly signal: AbortSignal;
  /** Receives progress messages. */
  readonly say: (line: string) => void;
  /** Returns the reason why emulators are missing, or undefined. Called only if a benchmark needs them. */
  readonly whatIsMissing?: () => Promise<string | undefined>;
}

export async function runBenchmarks(request: Request): Promise<readonly Outcome[]> {
  const { entries, say, whatIsMissing = missingEmulators } = request;
  const needsEmulators = entries.some(({ needs }) => needs === 'emulators');
  const missing = needsEmulators ? await whatIsMissing() : undefined;
  const outcomes: Outcome[] = [];
  // Removed after all benchmarks: for minutes after thousands of files were removed, ext4 needs 0.4 ms more to
  // create one.
  const folder = await mkdtemp(join(tmpdir(), 'hangtag-bench-'));
  try {
    for (const entry of entries) {
      if (request.signal.aborted) break;
      if (missing !== undefined && entry.needs === 'emulators') {
        outcomes.push({ kind: 'not-run', name: entry.name, reason: missing });
        continue;
      }
      const startedAt = performance.now();
      say(`${entry.name}: ${entry.what} ...`);
      outcomes.push(await outcomeOf(entry, folder, request));
      say(`${entry.name}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
  return outcomes;
}

/** @param folder for temporary files of the run */
async function outcomeOf(entry: Entry, folder: string, { scale, signal }: Request): Promise<Outcome> {
  try {
    const env = { ...process.env, TMPDIR: folder, BENCH_PICTURES: await pictureCache() };
    return { kind: 'measured', measurements: await runIsolated(entry, { scale, signal, env }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', name: entry.name, reason };
  }
}

/** Kept between runs. When the drawing code changes, the folder's name changes. */
async function pictureCache(): Promise<string> {
  const folder = join(tmpdir(), 'hangtag-bench-pictures-1');
  await mkdir(folder, { recursive: true });
  return folder;
}

async function missingEmulators(): Promise<string | undefined> {
  const search = await resolveEmulators(ownSurroundings());
  return search.kind === 'missing' ? describeMissing(search.missing) : undefined;
}
