import { z } from 'zod';
import { BACKGROUNDS } from '../domain/precision-guarantee.js';
import { ModelError, type ModelFault } from '../errors.js';
import { ENGINES, NETWORKS, outputSize } from './manifest-facts.js';

/**
 * `manifest.json`: all properties of a model. Unknown keys are refused, so that a misspelt key is found.
 * Relations between fields (files listed, lengths, indices) are checked as well.
 */

const RELATIVE_PATH = /^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[\w./-]+$/;
const relativePath = z.string().regex(RELATIVE_PATH, 'a relative path inside the model folder');
const positiveInteger = z.int().positive();
const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const perNetwork = <T extends z.ZodType>(value: T) => z.partialRecord(z.enum(NETWORKS), value);

const inputSchema = z.strictObject({
  /** Of the ONNX graph's input; TensorFlow.js has one input and takes it by position. */
  name: z.string().min(1),
  /** Of the ONNX graph; TensorFlow.js is always NHWC. */
  layout: z.enum(['NCHW', 'NHWC']),
  width: positiveInteger,
  height: positiveInteger,
});

/** A channel's value is `pixel * scale + offset`, pixel 0 to 255, in the stated colour order. */
const preprocessingSchema = z.strictObject({
  fit: z.enum(['squash', 'cover', 'pad']),
  kernel: z.enum(['linear', 'cubic', 'lanczos3']),
  colourOrder: z.enum(['rgb', 'bgr']),
  scale: perChannel,
  offset: perChannel,
});

const rejectionSchema = z.discriminatedUnion('score', [
  z.strictObject({ score: z.literal('extra-output'), index: z.int().nonnegative(), threshold: z.number() }),
  z.strictObject({ score: z.literal('energy'), threshold: z.number() }),
  z.strictObject({ score: z.literal('max-probability'), threshold: z.number() }),
]);

const probability = z.number().min(0).max(1);
const guaranteeSchema = z.strictObject({
  precision: probability,
  confidence: probability,
  n: positiveInteger,
  wrong: z.int().nonnegative(),
});

/** One number for each label. */
const curvesSchema = z.strictObject({ scale: z.array(z.number().positive()), shift: z.array(z.number()) });

const goldenSchema = z.strictObject({
  file: relativePath,
  outputs: perNetwork(z.array(z.number()).min(1)),
  /** Largest difference of one output. A quantised graph differs a little between processors. */
  tolerance: perNetwork(z.number().positive()),
});

const fields = z.strictObject({
  schema: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  version: z.string().min(1),
  labels: z.array(z.string().min(1)).min(2),
  input: inputSchema,
  preprocessing: preprocessingSchema,
  output: z.strictObject({
    scores: z.string().min(1),
    kind: z.enum(['logits', 'probabilities']),
    embedding: z.string().min(1).nullable(),
    /** Of ONNX networks, by file: the tensor with the last map of features, whose mean is the embedding. See heat.ts. */
    features: z.record(relativePath, z.string().min(1)).optional(),
  }),
  engines: perNetwork(relativePath),
  /** A linear layer over the embedding, whose scores replace those of the network: see head.ts. */
  head: relativePath.optional(),
  /** What `npm run learn` keeps of the pictures that the model was made from: see learn/knowledge.ts of the tools. */
  knowledge: relativePath.optional(),
  /** Makes the vectors of records of embeddings: see projection.ts. */
  projection: relativePath.optional(),
  /** Says how usual a picture is for the model: see typicality.ts. */
  typicality: relativePath.optional(),
  files: z.array(
    z.strictObject({
      path: relativePath,
      bytes: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  calibration: z.strictObject({
    temperature: z.number().positive(),
    /** Corrects the probability of the best label: see domain/scores.ts. */
    topLabel: z.record(z.enum(BACKGROUNDS), curvesSchema).optional(),
  }),
  rejection: rejectionSchema.nullable(),
  /** Confidences from which the labels keep a precision, by background: see domain/precision-guarantee.ts. */
  guarantees: z.record(z.enum(BACKGROUNDS), z.array(guaranteeSchema).readonly()).optional(),
  /** What to do with a blank picture: `review` unless the model is made for such pictures. */
  blank: z.enum(['review', 'label']).optional(),
  /** Any figures, each with the data on which it was measured. They are only shown. */
  metrics: z.record(z.string(), z.unknown()),
  golden: z.array(goldenSchema).min(1),
});

export type Manifest = Readonly<z.infer<typeof fields>>;
export type GoldenImage = Manifest['golden'][number];

const schema = fields.check(({ value: manifest, issues }) => {
  for (const { at, expected, received } of contradictions(manifest)) {
    // An issue keeps its params, and not its input.
    issues.push({ code: 'custom', input: manifest, path: [at], message: expected, params: { received } });
  }
});

/** Checks of relations between fields. */
function* contradictions(manifest: Manifest): Generator<ModelFault> {
  const { labels, rejection, golden, engines, calibration } = manifest;
  const listed = new Set(manifest.files.map(({ path }) => path));
  const repeated = labels.filter((label, index) => labels.indexOf(label) !== index);
  if (repeated.length > 0)
    yield { at: 'labels', expected: 'every label once', received: repeated.join(', ') };
  if (ENGINES.every((name) => engines[name] === undefined)) {
    yield { at: 'engines', expected: `at least one of ${ENGINES.join(', ')}`, received: 'none' };
  }
  if (rejection?.score === 'extra-output' && rejection.index < labels.length) {
    yield {
      at: 'rejection.index',
      expected: `an output after those of the ${labels.length} labels`,
      received: String(rejection.index),
    };
  }
  for (const [background, curves] of Object.entries(calibration.topLabel ?? {}))
    for (const [name, { length }] of Object.entries(curves))
      if (length !== labels.length)
        yield {
          at: `calibration.topLabel.${background}.${name}`,
          expected: `${labels.length} numbers`,
          received: String(length),
        };
  for (const [at, path] of pathsOf(manifest)) {
    if (!listed.has(path)) yield { at, expected: 'a path listed in files', received: path };
  }
  if (manifest.head !== undefined) yield* headContradictions(manifest);
  for (const [index, image] of golden.entries()) {
    if (!listed.has(image.file)) {
      yield { at: `golden[${index}].file`, expected: 'a path listed in files', received: image.file };
    }
    yield* goldenContradictions(manifest, image, `golden[${index}]`);
  }
}

function* pathsOf({
  engines,
  head,
  knowledge,
  projection,
  typicality,
}: Manifest): Generator<readonly [at: string, path: string]> {
  for (const [name, path] of Object.entries(engines)) yield [`engines.${name}`, path];
  if (head !== undefined) yield ['head', head];
  if (knowledge !== undefined) yield ['knowledge', knowledge];
  if (projection !== undefined) yield ['projection', projection];
  if (typicality !== undefined) yield ['typicality', typicality];
}

function* headContradictions({ output }: Manifest): Generator<ModelFault> {
  if (output.embedding === null)
    yield { at: 'output.embedding', expected: 'the output that the head reads', received: 'null' };
  if (output.kind !== 'logits')
    yield { at: 'output.kind', expected: 'logits, which a head gives', received: output.kind };
}

function* goldenContradictions(manifest: Manifest, image: GoldenImage, at: string): Generator<ModelFault> {
  const size = outputSize(manifest);
  for (const engine of NETWORKS.filter((name) => manifest.engines[name] !== undefined)) {
    const outputs = image.outputs[engine];
    if (outputs?.length !== size) {
      yield {
        at: `${at}.outputs.${engine}`,
        expected: `${size} numbers`,
        received: String(outputs?.length ?? 'none'),
      };
    }
    if (image.tolerance[engine] === undefined) {
      yield { at: `${at}.tolerance.${engine}`, expected: 'a number', received: 'none' };
    }
  }
}

/** @throws {ModelError} listing every field that is wrong. `source` is named in it. */
export function parseManifest(value: unknown, source: string): Manifest {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ModelError(
    source,
    result.error.issues.flatMap((issue) => faultsOf(issue, value)),
  );
}

function faultsOf(issue: z.core.$ZodIssue, root: unknown): readonly ModelFault[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      at: z.core.toDotPath([...path, key]),
      expected: 'no such key',
      received: 'one',
    }));
  }
  if (issue.code === 'custom')
    return [{ at: path.join('.'), expected: issue.message, received: String(issue.params?.['received']) }];
  const at = path.length === 0 ? 'manifest' : z.core.toDotPath(path);
  const expected = issue.message.replace(/^Invalid \w+: expected /, '');
  return [{ at, expected, received: describe(valueAt(root, path)) }];
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    root,
  );
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return `${text.length > 80 ? `${text.slice(0, 77)}...` : text} of type ${typeof value}`;
}
