import { basename, resolve } from 'node:path';
import { CATEGORY_FORM, isCategory } from '@hangtag/shared/domain/category.js';
import { type ModelFault as Fault, ModelError } from '@hangtag/shared/errors.js';
import type { NetworkShape } from '@hangtag/shared/inference/inspect.js';
import type { Manifest } from '@hangtag/shared/inference/manifest.js';
import type { ModelSource } from './model-source.js';

/** The conversion of a byte to a number; each model was trained with one of these. */
const NORMALISATIONS = {
  /** -1 to 1: Keras' MobileNet and Inception, Teachable Machine. */
  signed: { scale: [1 / 127.5, 1 / 127.5, 1 / 127.5], offset: [-1, -1, -1] },
  /** 0 to 1. */
  unit: { scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] },
  /** Mean and deviation of ImageNet: torchvision. */
  imagenet: {
    scale: [1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)],
    offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
  },
  /** 0 to 255, unchanged: Keras' EfficientNet, which rescales its input itself. */
  bytes: { scale: [1, 1, 1], offset: [0, 0, 0] },
} as const satisfies Record<string, Pick<Manifest['preprocessing'], 'scale' | 'offset'>>;

export type Normalisation = keyof typeof NORMALISATIONS;
export const RANGES = Object.keys(NORMALISATIONS) as readonly Normalisation[];
/** In pixels. */
export const SIZE = /^([1-9]\d{0,3})x([1-9]\d{0,3})$/;

/** The options of the command line. */
export interface Flags {
  readonly id?: string | undefined;
  readonly version: string;
  readonly labels?: string | undefined;
  /** The output with a number for each label. Default: the first output. */
  readonly scores?: string | undefined;
  readonly size?: string | undefined;
  readonly normalisation?: string | undefined;
  readonly fit?: string | undefined;
  readonly kernel: Manifest['preprocessing']['kernel'];
  readonly 'colour-order': Manifest['preprocessing']['colourOrder'];
}

/** Asks a person; undefined if there is no terminal. */
export type Ask = ((question: string, proposal: string) => Promise<string>) | undefined;

/** All values of the manifest that the network's file does not contain. */
export interface ModelSettings {
  readonly id: string;
  readonly version: string;
  readonly labels: readonly string[];
  readonly output: Pick<Manifest['output'], 'scores' | 'embedding'>;
  readonly width: number;
  readonly height: number;
  readonly preprocessing: Manifest['preprocessing'];
}

const LABELS_QUESTION = 'Labels, in the order of the outputs, with commas between';
export const FITS = ['squash', 'cover', 'pad'] as const;
/** The preprocessing of Teachable Machine. */
const TEACHABLE_MACHINE = { normalisation: 'signed', fit: 'cover' } as const;

/**
 * Takes each setting from the first source that has it: an option, the files of the model, a person.
 * @throws {ModelError} lists every setting that is missing or wrong
 */
export async function chooseSettings(
  { source, shape }: { readonly source: ModelSource; readonly shape: NetworkShape },
  flags: Flags,
  ask: Ask,
): Promise<ModelSettings> {
  const known = source.isTeachableMachine ? TEACHABLE_MACHINE : undefined;
  const answer = async (given: string | undefined, question: string, proposal: string) =>
    given ?? (await ask?.(question, proposal));
  const labelText = await answer(flags.labels ?? source.labels?.join(', '), LABELS_QUESTION, '');
  const named = flags.labels === undefined && source.labels !== undefined ? source.labels : listed(labelText);
  const labels = named.map((label) => label.trim().normalize('NFC'));
  const drawnSize =
    shape.input.width && shape.input.height ? `${shape.input.width}x${shape.input.height}` : undefined;
  const size = await answer(flags.size ?? drawnSize, 'Input size, WIDTHxHEIGHT', '224x224');
  const normalisation = await answer(
    flags.normalisation ?? known?.normalisation,
    `Range of the input (${RANGES.join(', ')})`,
    'signed',
  );
  const fit = await answer(
    flags.fit ?? known?.fit,
    `How pictures are brought to that size (${FITS.join(', ')})`,
    'squash',
  );
  return assertSettings({ source, shape, flags, labels, size, normalisation, fit });
}

interface Answers {
  readonly source: ModelSource;
  readonly shape: NetworkShape;
  readonly flags: Flags;
  readonly labels: readonly string[];
  readonly size: string | undefined;
  readonly normalisation: string | undefined;
  readonly fit: string | undefined;
}

function assertSettings({ source, shape, flags, labels, size, normalisation, fit }: Answers): ModelSettings {
  const [, width, height] = SIZE.exec(size ?? '') ?? [];
  const range = Object.entries(NORMALISATIONS).find(([name]) => name === normalisation)?.[1];
  const knownFit = FITS.find((name) => name === fit);
  const faults: Fault[] = [];
  const check = (isRight: boolean, at: string, expected: string, received: string | undefined) => {
    if (!isRight) faults.push({ at, expected, received: received ?? 'none' });
  };
  check(labels.length >= 2, 'labels', 'two or more: --labels a,b, labels.txt or metadata.json', labels[0]);
  const unusable = labels.filter((label) => !isCategory(label));
  check(
    unusable.length === 0,
    'labels',
    `${CATEGORY_FORM}; --labels a,b gives others`,
    JSON.stringify(unusable),
  );
  check(width !== undefined, 'size', '--size WIDTHxHEIGHT', size);
  const fixed = [shape.input.width, shape.input.height];
  const isFixed = [width, height].every((side, index) => Number(side) === (fixed[index] ?? Number(side)));
  check(width === undefined || isFixed, 'size', `${fixed.join('x')}, which the network fixes`, size);
  check(range !== undefined, 'normalisation', `--normalisation ${RANGES.join('|')}`, normalisation);
  check(knownFit !== undefined, 'fit', `--fit ${FITS.join('|')}`, fit);
  const scores = shape.outputs.find(({ name }, index) =>
    flags.scores === undefined ? index === 0 : name === flags.scores,
  );
  check(
    scores !== undefined,
    'scores',
    `--scores ${shape.outputs.map(({ name }) => name).join('|')}`,
    flags.scores,
  );
  check(
    scores?.size !== 1,
    'scores',
    'a number for each label (export a network for two labels with two numbers and softmax)',
    `one number in the output ${scores?.name}`,
  );
  const isFitting = (scores?.size ?? 1) === 1 || labels.length < 2 || scores?.size === labels.length;
  check(
    isFitting,
    'labels',
    `${scores?.size}, one for each number in the output ${scores?.name}`,
    `${labels.length}`,
  );
  if (faults.length > 0 || scores === undefined || range === undefined || knownFit === undefined)
    throw new ModelError(source.dir, faults);
  return {
    id: flags.id ?? idOf(source.dir),
    version: flags.version,
    labels,
    output: { scores: scores.name, embedding: embeddingBeside(shape, scores.name) },
    width: Number(width),
    height: Number(height),
    preprocessing: {
      fit: knownFit,
      kernel: flags.kernel,
      colourOrder: flags['colour-order'],
      scale: [...range.scale],
      offset: [...range.offset],
    },
  };
}

/** If there is exactly one other output, it is used as the features. */
function embeddingBeside({ outputs }: NetworkShape, scores: string): string | null {
  const [other, ...more] = outputs.filter(({ name }) => name !== scores);
  return other === undefined || more.length > 0 ? null : other.name;
}

function listed(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((label) => label.trim())
    .filter((label) => label !== '');
}

/** The name of the folder, with only the characters of an id. */
function idOf(dir: string): string {
  const name = basename(resolve(dir))
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return name === '' ? 'model' : name;
}
