import type { ModelRef } from '../domain/record.js';
import { ModelError, type ModelFault } from '../errors.js';
import { describeSystemError } from '../system-error.js';
import type { Engine, EngineSource } from './engine.js';
import type { Head } from './head.js';
import type { HeatMaker } from './heat.js';
import type { Manifest } from './manifest.js';
import { type EngineName, engineOf, outputSize } from './manifest-facts.js';
import { type Model, modelOf } from './model.js';
import { readVerified, sha256Hex } from './model-files.js';
import { externalDataPaths } from './onnx-files.js';
import { decodeGolden, selfTest } from './self-test.js';

export interface LoadOptions {
  /** Default: that of the model. */
  readonly engine?: EngineName | undefined;
  /** The manifest as the parent process has read it. Then it is not read again, and the schema library is not loaded. */
  readonly manifest?: Manifest;
}

/** Imported on demand: a process loads the libraries of one engine only. */
const OPENERS: Readonly<Record<EngineName, (source: EngineSource) => Promise<Engine>>> = {
  onnx: async (source) => (await import('./onnx.js')).openOnnx(source),
  'onnx-fp32': async (source) => (await import('./onnx.js')).openOnnx(source),
  tfjs: async (source) => (await import('./tfjs.js')).openTfjs(source),
};

/** @throws the library's own error if it cannot read the network. */
export function openEngine(engine: EngineName, source: EngineSource): Promise<Engine> {
  return OPENERS[engine](source);
}

/**
 * Reads the manifest, verifies every file it will use, opens the engine and runs the golden set.
 * @throws {ModelError} lists every wrong field or file, with the expected and the found value.
 */
export async function loadModel(modelDir: string, options: LoadOptions): Promise<Model> {
  const manifest = options.manifest ?? (await readManifest(modelDir));
  const engine = options.engine ?? engineOf(manifest);
  const { source, ref } = await gather(modelDir, manifest, engine);
  const golden = decodeGolden(manifest, source.files);
  // If the network cannot be opened, that is the fault to report.
  golden.catch(() => undefined);
  const opinions = await ofEmbeddings(modelDir, source);
  const opened = modelOf(manifest, ref, await openWithHead(modelDir, engine, source));
  const model = { ...opened, ...opinions, ...heatMaking(modelDir, opened, source.entry) };
  try {
    await selfTest(model, engine, await golden);
    return model;
  } catch (error) {
    await model.close();
    throw error instanceof ModelError ? new ModelError(modelDir, error.faults) : error;
  }
}

/** The model in a folder, without opening its network. @throws {ModelError} */
export async function readModelRef(modelDir: string, engine?: EngineName): Promise<ModelRef> {
  const manifest = await readManifest(modelDir);
  const chosen = engine ?? engineOf(manifest);
  const entry = entryOf(modelDir, manifest, chosen);
  const files = await readVerified(modelDir, manifest, [entry, ...headPathOf(manifest)]);
  const others = await weightsBeside(modelDir, chosen, { entry, files });
  return refOf(manifest, [entry, ...others, ...headPathOf(manifest)]);
}

/** Imported on demand: a worker of the pool gets its manifest from its parent and does not need the schema library. */
async function readManifest(modelDir: string): Promise<Manifest> {
  return (await import('./read-manifest.js')).readManifest(modelDir);
}

interface Parts {
  readonly source: EngineSource;
  readonly ref: ModelRef;
}

async function gather(modelDir: string, manifest: Manifest, engine: EngineName): Promise<Parts> {
  const entry = entryOf(modelDir, manifest, engine);
  const golden = manifest.golden.map(({ file }) => file);
  const { projection = [], typicality = [] } = manifest;
  const files = await readVerified(modelDir, manifest, [
    entry,
    ...headPathOf(manifest),
    ...[projection, typicality].flat(),
    ...golden,
  ]);
  const others = await weightsBeside(modelDir, engine, { entry, files });
  const weights = new Map([...files, ...(await readVerified(modelDir, manifest, others))]);
  return {
    source: { manifest, entry, files: weights },
    ref: refOf(manifest, [entry, ...others, ...headPathOf(manifest)]),
  };
}

function entryOf(modelDir: string, { engines }: Manifest, engine: EngineName): string {
  const entry = engines[engine];
  if (entry !== undefined) return entry;
  const expected = `one of ${Object.keys(engines).join(', ')}`;
  throw new ModelError(modelDir, [{ at: `engines.${engine}`, expected, received: engine }]);
}

function headPathOf({ head }: Manifest): readonly string[] {
  return head === undefined ? [] : [head];
}

/** The network, and behind it the head where the manifest names one. */
async function openWithHead(modelDir: string, engine: EngineName, source: EngineSource): Promise<Engine> {
  const { manifest, files } = source;
  if (manifest.head === undefined) return open(modelDir, engine, source);
  const { parseHead, withHead } = await import('./head.js');
  const head = verifyHead(modelDir, manifest, () =>
    parseHead(files.get(manifest.head ?? '') ?? new Uint8Array()),
  );
  return withHead(await open(modelDir, engine, source), head);
}

/** What the files of the model make of embeddings. @throws {ModelError} a file is damaged, or is one of another backbone */
async function ofEmbeddings(
  modelDir: string,
  source: EngineSource,
): Promise<Pick<Model, 'vectorOf' | 'typicalityOf'>> {
  const { projection, typicality } = source.manifest;
  return {
    ...(projection && { vectorOf: await openProjection({ modelDir, source, at: projection }) }),
    ...(typicality && { typicalityOf: await openTypicality({ modelDir, source, at: typicality }) }),
  };
}

interface BackboneFile {
  readonly modelDir: string;
  readonly source: EngineSource;
  /** Path of the manifest. */
  readonly at: string;
}

async function openProjection(file: BackboneFile) {
  const { parseProjection, vectorMaker } = await import('./projection.js');
  return vectorMaker(
    await ofBackbone('projection', file, parseProjection),
    sha256Hex(bytesOf(file)).slice(0, ID_LENGTH),
  );
}

async function openTypicality(file: BackboneFile) {
  const { parseTypicality, typicalityMaker } = await import('./typicality.js');
  return typicalityMaker(await ofBackbone('typicality', file, parseTypicality));
}

async function ofBackbone<T extends { readonly backbone: string }>(
  what: string,
  file: BackboneFile,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  const { backboneDigest } = await import('./backbone.js');
  const backbone = backboneDigest(file.source.manifest);
  const expected = `a ${what} of the backbone ${backbone}`;
  try {
    const parsed = parse(bytesOf(file));
    if (parsed.backbone !== backbone) throw new RangeError(`one of ${parsed.backbone}`);
    return parsed;
  } catch (error) {
    throw new ModelError(file.modelDir, [{ at: file.at, expected, received: describeSystemError(error) }], {
      cause: error,
    });
  }
}

function bytesOf({ source, at }: BackboneFile): Uint8Array {
  return source.files.get(at) ?? new Uint8Array();
}

const ID_LENGTH = 16;

/**
 * The network is opened a second time, at the first heat map: the tested one keeps its outputs, and most tenants ask for none.
 * Only with `squash` does the input cover exactly the picture, so that the map can be laid over it.
 */
function heatMaking(
  modelDir: string,
  model: Model,
  entry: string,
): Pick<Model, 'heatOf' | 'close'> | undefined {
  const { output, preprocessing } = model.manifest;
  if (output.features?.[entry] === undefined || preprocessing.fit !== 'squash') return undefined;
  let maker: Promise<HeatMaker | undefined> | undefined;
  return {
    async heatOf(image, label) {
      maker ??= import('./heat.js')
        .then(({ openHeatMaker }) => openHeatMaker(modelDir, model.manifest, entry))
        // An image has its labels without a heat map.
        .catch(() => undefined);
      return (await maker)?.heatOf(image, label);
    },
    async close() {
      await (await maker)?.close();
      await model.close();
    },
  };
}

/** @throws {ModelError} the file is no head, or is not one for the labels of the manifest */
function verifyHead(modelDir: string, manifest: Manifest, read: () => Head): Head {
  const { head: at = 'head', labels } = manifest;
  try {
    const head = read();
    const outputs = outputSize(manifest);
    if (JSON.stringify(head.labels) !== JSON.stringify(labels))
      throw new RangeError(`the labels ${head.labels.join(', ')}`);
    if (head.bias.length !== outputs) throw new RangeError(`${head.bias.length} outputs`);
    return head;
  } catch (error) {
    const expected = `a head with ${outputSize(manifest)} outputs for the labels ${labels.join(', ')}`;
    throw new ModelError(modelDir, [{ at, expected, received: describeSystemError(error) }], {
      cause: error,
    });
  }
}

/** The files that a network names for its weights. */
async function weightsBeside(
  modelDir: string,
  engine: EngineName,
  { entry, files }: Pick<EngineSource, 'entry' | 'files'>,
): Promise<readonly string[]> {
  try {
    return await PATHS_OF_WEIGHTS[engine](entry, files.get(entry) ?? new Uint8Array());
  } catch (error) {
    throw new ModelError(modelDir, [unreadable(entry, engine, error)], { cause: error });
  }
}

type PathsOfWeights = (entry: string, bytes: Uint8Array) => Promise<readonly string[]>;

const onnxPaths: PathsOfWeights = async (entry, bytes) => externalDataPaths(entry, bytes);

const PATHS_OF_WEIGHTS: Readonly<Record<EngineName, PathsOfWeights>> = {
  onnx: onnxPaths,
  'onnx-fp32': onnxPaths,
  async tfjs(entry, bytes) {
    const { parseTfjsModel, weightPaths } = await import('./tfjs-files.js');
    return weightPaths(entry, parseTfjsModel(bytes));
  },
};

function refOf(manifest: Manifest, weights: readonly string[]): ModelRef {
  return { id: manifest.id, version: manifest.version, sha256: digestOf(manifest, weights) };
}

/** The digest of one file, or of the list of several, in the order of their paths. */
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

function unreadable(at: string, engine: EngineName, error: unknown): ModelFault {
  return { at, expected: `a network for ${engine}`, received: describeSystemError(error) };
}
