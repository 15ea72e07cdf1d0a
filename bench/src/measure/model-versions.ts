/** A store with versions of the shipped model, and a registry of them whose tenant's models a benchmark changes. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ModelPin, NO_MODELS, type TenantModels } from '@hangtag/shared/domain/model-version.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import { openModelRegistry } from '@hangtag/shared/inference/model-registry.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { ModelRegistry } from '@hangtag/shared/ports/model-registry.js';
import { MODEL_DIR } from './model.js';

export interface ModelVersions {
  readonly pins: readonly ModelPin[];
  /** @param workers of each model; default: one for each core */
  open(workers?: number): Promise<OpenVersions>;
}

export interface OpenVersions {
  readonly registry: ModelRegistry;
  readonly use: (models: Partial<TenantModels>) => void;
}

/** The versions have the engine `onnx` alone, so that their files are small. */
export async function withModelVersions<T>(
  count: number,
  work: (versions: ModelVersions) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'hangtag-bench-models-'));
  const opened: ModelRegistry[] = [];
  try {
    const store = new FolderModelStore(join(dir, 'store'));
    const pins: ModelPin[] = [];
    for (let version = 1; version <= count; version += 1)
      pins.push(await store.put(await smallModel(dir, version)));
    return await work({
      pins,
      async open(workers) {
        let models = NO_MODELS;
        const registry = await openModelRegistry({
          dir: MODEL_DIR,
          ...(workers !== undefined && { workers }),
          store: async () => store,
          settingsOf: async () => ({ policy: DEFAULT_VERDICT_POLICY, models }),
          maxBytes: Number.MAX_SAFE_INTEGER,
          clock: systemClock,
          log: console,
        });
        opened.push(registry);
        const use = (changed: Partial<TenantModels>) => {
          models = { ...NO_MODELS, ...changed };
        };
        return { registry, use };
      },
    });
  } finally {
    await Promise.all(opened.map((registry) => registry.close()));
    await rm(dir, { recursive: true, force: true });
  }
}

async function smallModel(parent: string, version: number): Promise<string> {
  const dir = join(parent, String(version));
  // These belong to the backbone, and other files make another one.
  const { knowledge, projection, typicality, ...labelling } = await readManifest(MODEL_DIR);
  const { engines, golden, files, ...manifest } = labelling;
  const { onnx = '' } = engines;
  const paths = [onnx, ...golden.map(({ file }) => file)];
  for (const path of paths) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await cp(join(MODEL_DIR, path), join(dir, path));
  }
  const small = {
    ...manifest,
    version: String(version),
    engines: { onnx },
    golden: golden.map(({ file, outputs, tolerance }) => ({
      file,
      outputs: { onnx: outputs.onnx },
      tolerance: { onnx: tolerance.onnx },
    })),
    files: files.filter(({ path }) => paths.includes(path)),
  };
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(small));
  return dir;
}
