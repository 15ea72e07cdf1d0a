import type { ModelRef } from '../domain/record.js';
import { type ModelFault as Fault, ModelError } from '../errors.js';
import type { RgbImage } from '../imaging/decode.js';
import type { Engine, EngineSource, RawOutput } from './engine.js';
import type { EngineName, Manifest } from './manifest.js';
import { readVerified, sha256Hex } from './model-files.js';
import { selfTest } from './self-test.js';
import { tensorFiller } from './tensor.js';

/** A network that has shown, on its golden set, that it gives here what it gave where it was made. */
export interface Model {
  readonly manifest: Manifest;
  readonly ref: ModelRef;
  infer(image: RgbImage): Promise<RawOutput>;
  close(): Promise<void>;
}

export interface LoadOptions {
  readonly engine: EngineName;
  /** As read before, by the process that starts this one, say: it saves the reading and the library that checks it. */
  readonly manifest?: Manifest;
}

/** Imported when asked for: a process loads the libraries of one engine only. */
const OPENERS: Readonly<Record<EngineName, (source: EngineSource) => Promise<Engine>>> = {
  onnx: async (source) => (await import('./onnx.js')).openOnnx(source),
  'onnx-fp32': async (source) => (await import('./onnx.js')).openOnnx(source),
  tfjs: async (source) => (await import('./tfjs.js')).openTfjs(source),
};

/** @throws the library's own error where it cannot read the network. */
export function openEngine(engine: EngineName, source: EngineSource): Promise<Engine> {
  return OPENERS[engine](source);
}

/**
 * Reads the manifest, verifies every file it will use, opens the engine and runs the golden set.
 * @throws {ModelError} naming every field or file that is wrong, what was expected and what was found.
 */
export async function loadModel(modelDir: string, options: LoadOptions): Promise<Model> {
  const { engine } = options;
  const manifest = options.manifest ?? (await readManifest(modelDir));
  const { source, golden, ref } = await gather(modelDir, manifest, engine);
  const model = modelOf(manifest, ref, await open(modelDir, engine, source));
  try {
    await selfTest(model, engine, golden);
    return model;
  } catch (error) {
    await model.close();
    throw error instanceof ModelError ? new ModelError(modelDir, error.faults) : error;
  }
}

/** Whose labels these would be, told from the folder alone: nothing is opened. @throws {ModelError} */
export async function readModelRef(modelDir: string, engine: EngineName): Promise<ModelRef> {
  const manifest = await readManifest(modelDir);
  return refOf(manifest, await weightFiles(modelDir, manifest, engine));
}

/** Imported when needed: a worker of the pool is told its manifest, and spares the library that checks one. */
async function readManifest(modelDir: string): Promise<Manifest> {
  return (await import('./read-manifest.js')).readManifest(modelDir);
}

interface Parts {
  readonly source: EngineSource;
  readonly golden: ReadonlyMap<string, Uint8Array>;
  readonly ref: ModelRef;
}

async function gather(modelDir: string, manifest: Manifest, engine: EngineName): Promise<Parts> {
  const entry = entryOf(modelDir, manifest, engine);
  const weights = await weightFiles(modelDir, manifest, engine);
  const wanted = new Set([...weights, ...manifest.golden.map(({ file }) => file)]);
  const files = await readVerified(modelDir, manifest, wanted);
  return { source: { manifest, entry, files }, golden: files, ref: refOf(manifest, weights) };
}

function entryOf(modelDir: string, { engines }: Manifest, engine: EngineName): string {
  const entry = engines[engine];
  if (entry !== undefined) return entry;
  const expected = `one of ${Object.keys(engines).join(', ')}`;
  throw new ModelError(modelDir, [{ at: `engines.${engine}`, expected, received: engine }]);
}

/** An ONNX file stands alone; a TensorFlow.js model names the files of its weights. */
async function weightFiles(
  modelDir: string,
  manifest: Manifest,
  engine: EngineName,
): Promise<readonly string[]> {
  const entry = entryOf(modelDir, manifest, engine);
  if (engine !== 'tfjs') return [entry];
  const files = await readVerified(modelDir, manifest, new Set([entry]));
  const { parseTfjsModel, weightPaths } = await import('./tfjs-files.js');
  try {
    return [entry, ...weightPaths(entry, parseTfjsModel(files.get(entry) ?? new Uint8Array()))];
  } catch (error) {
    throw new ModelError(modelDir, [unreadable(entry, engine, error)], { cause: error });
  }
}

function refOf(manifest: Manifest, weights: readonly string[]): ModelRef {
  return { id: manifest.id, version: manifest.version, sha256: digestOf(manifest, weights) };
}

/** Of one file its own digest; of several that of their list, in the order of their paths. */
function digestOf({ files }: Manifest, paths: readonly string[]): string {
  const weights = files
    .filter(({ path }) => paths.includes(path))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const [only, ...others] = weights;
  if (only !== undefined && others.length === 0) return only.sha256;
  return sha256Hex(weights.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(''));
}

async function open(modelDir: string, engine: EngineName, source: EngineSource): Promise<Engine> {
  try {
    return await openEngine(engine, source);
  } catch (error) {
    const faults = error instanceof ModelError ? error.faults : [unreadable(source.entry, engine, error)];
    throw new ModelError(modelDir, faults, { cause: error });
  }
}

function unreadable(entry: string, engine: EngineName, error: unknown): Fault {
  const received = error instanceof Error ? error.message : String(error);
  return { at: entry, expected: `a network for ${engine}`, received };
}

/** A network behind its preprocessing. */
export function modelOf(manifest: Manifest, ref: ModelRef, engine: Engine): Model {
  const filler = tensorFiller(manifest, engine.layout);
  return {
    manifest,
    ref,
    infer(image) {
      // One a call: a shared one would be overwritten by the next picture while this one waits its turn.
      const tensor = new Float32Array(filler.length);
      filler.fill(tensor, image);
      return engine.run(tensor);
    },
    close: () => engine.close(),
  };
}
