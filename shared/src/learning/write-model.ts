/**
 * Writes the folder of a learned model: the files of the base, the head, what the next learning needs, the golden set with the outputs
 * of the new head, the manifest and the card. It is written beside, tested as production loads it, and then renamed, so that no
 * process sees a part of it.
 */
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.js';
import { headBytes } from '../inference/head.js';
import { loadClassifier } from '../inference/local-classifier.js';
import { type Manifest, parseManifest } from '../inference/manifest.js';
import { ENGINES, type EngineName } from '../inference/manifest-facts.js';
import { readVerified, sha256Hex } from '../inference/model-files.js';
import { MANIFEST_FILE, readManifest } from '../inference/read-manifest.js';
import { parseTypicality, typicalityBytes, withCentres } from '../inference/typicality.js';
import { goldenOutputs } from './golden-outputs.js';
import { knowledgeBytes } from './knowledge.js';
import type { Learned } from './learn-head.js';
import { type CardFacts, cardOf } from './model-card.js';

export interface NewModel extends CardFacts {
  readonly baseDir: string;
  /** Default: a folder of its id and version. */
  readonly out: string | undefined;
}

const HEAD = 'head.safetensors';
const KNOWLEDGE = 'knowledge.safetensors';
const CARD = 'README.md';

/** @returns the folder */
export async function writeModel(model: NewModel): Promise<string> {
  const { baseDir, base, learned, id } = model;
  const head = headBytes(learned.head);
  // The same pictures give the same version.
  const version = `${base.version.replace(/-learned\..*/, '')}-learned.${sha256Hex(head).slice(0, 8)}`;
  const out = model.out ?? join('.hangtag', 'models', id, version);
  await requireFree(out, id);
  const partial = `${out}.partial`;
  await rm(partial, { recursive: true, force: true });
  const files = new Map<string, Uint8Array>([
    ...withLearned(await backboneFiles(baseDir, base), base, learned),
    [HEAD, head],
    [KNOWLEDGE, knowledgeBytes(learned.knowledge)],
  ]);
  const draft = manifestOf(model, { version, files });
  for (const [path, bytes] of files) await write(join(partial, path), bytes);
  const manifest = await withGolden(draft, learned, files);
  await write(join(partial, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  await write(join(partial, CARD), cardOf(model, version));
  await copyLicences(baseDir, partial);
  for (const engine of enginesOf(base)) await (await loadClassifier(partial, { engine })).close();
  await rm(out, { recursive: true, force: true });
  await rename(partial, out);
  return out;
}

/** @throws {UsageError} the folder holds something else than an earlier version of this model */
export async function requireFree(out: string, id: string): Promise<void> {
  await mkdir(dirname(out), { recursive: true });
  const names = await readdir(out).catch((): string[] => []);
  if (names.length === 0) return;
  const found = names.includes(MANIFEST_FILE) ? (await readManifest(out)).id : 'other files';
  if (found !== id)
    throw new UsageError(`Expected --out to be a new or empty folder but found ${found} in ${out}`);
}

/** Every file of the base but its head and knowledge. */
async function backboneFiles(baseDir: string, base: Manifest): Promise<ReadonlyMap<string, Uint8Array>> {
  const paths = base.files
    .map(({ path }) => path)
    .filter((path) => path !== base.head && path !== base.knowledge);
  return readVerified(baseDir, base, paths);
}

/** The learned pictures become usual. */
function withLearned(
  files: ReadonlyMap<string, Uint8Array>,
  { typicality: at }: Manifest,
  { centres }: Learned,
): ReadonlyMap<string, Uint8Array> {
  const bytes = at === undefined ? undefined : files.get(at);
  if (at === undefined || bytes === undefined) return files;
  return new Map([...files, [at, typicalityBytes(withCentres(parseTypicality(bytes), centres.embeddings))]]);
}

function manifestOf(
  { base, learned, id, n }: NewModel,
  { version, files }: { readonly version: string; readonly files: ReadonlyMap<string, Uint8Array> },
): Manifest {
  const { accuracy, ece, n: tested } = learned.after;
  return {
    ...base,
    id,
    version,
    labels: [...learned.head.labels],
    output: { ...base.output, kind: 'logits' },
    head: HEAD,
    knowledge: KNOWLEDGE,
    files: [...files].map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: sha256Hex(bytes) })),
    calibration: { temperature: learned.temperature },
    rejection: learned.rejection,
    guarantees: learned.guarantees,
    metrics: {
      crossValidated: { pictures: n, n: tested, accuracy, ece, before: learned.before?.accuracy ?? null },
    },
  };
}

async function withGolden(
  draft: Manifest,
  { head }: Learned,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Manifest> {
  const pictures = draft.golden.map(({ file }) => ({ file, outputs: {}, tolerance: {} }));
  const golden: Manifest['golden'] = pictures;
  for (const engine of enginesOf(draft)) {
    const measured = await goldenOutputs({ manifest: draft, engine, head, files });
    for (const [index, picture] of golden.entries()) {
      picture.outputs[engine] = [...(measured.outputs[index] ?? [])];
      picture.tolerance[engine] = measured.tolerance;
    }
  }
  // Nothing here runs the network of devices. It is the one in float with rounded weights.
  const { tflite, ...engines } = draft.engines;
  for (const [index, { outputs, tolerance }] of golden.entries()) {
    const inFloat = outputs['onnx-fp32'];
    const within = draft.golden[index]?.tolerance.tflite;
    if (inFloat === undefined || within === undefined) continue;
    outputs.tflite = inFloat;
    tolerance.tflite = within;
  }
  const isForDevices = tflite !== undefined && engines['onnx-fp32'] !== undefined;
  return parseManifest({ ...draft, engines: isForDevices ? draft.engines : engines, golden }, draft.id);
}

function enginesOf({ engines }: Manifest): readonly EngineName[] {
  return ENGINES.filter((engine) => engines[engine] !== undefined);
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** The licence of the backbone goes with it. */
async function copyLicences(from: string, to: string): Promise<void> {
  for (const name of (await readdir(from)).filter((each) => /^(LICENSE|LICENCE|NOTICE)/i.test(each)))
    await cp(join(from, name), join(to, name));
}
