import { performance } from 'node:perf_hooks';
import type { Palette } from '../domain/palette.js';
import { isUnknown, rankLabels, type ScoreRule } from '../domain/scores.js';
import { ImageError } from '../errors.js';
import { backgroundOf } from '../imaging/background.js';
import { isBlank } from '../imaging/blank.js';
import { type DecodedImage, decodeImage, type Target } from '../imaging/decode.js';
import { DEFAULT_LIMITS, type ImageLimits } from '../imaging/limits.js';
import { pictureArea } from '../imaging/picture-area.js';
import { listThumbnail } from '../imaging/thumbnail.js';
import type { Classifier, Prediction } from '../ports/classifier.js';
import { type LoadOptions, loadModel } from './load-model.js';
import type { Model } from './model.js';

/** A picture that takes longer gets no thumbnail: decoding it twice could exceed the time limit. */
const MOST_DECODE_MS = 500;

export interface LocalOptions extends LoadOptions {
  readonly limits?: ImageLimits;
}

/**
 * A classifier in this process, for workers of the pool and for command lines. It cannot stop a decoder that hangs and ends with
 * a decoder that crashes, so servers use the pool.
 * @throws {ModelError} the model must not serve.
 */
export async function loadClassifier(modelDir: string, options: LocalOptions = {}): Promise<Classifier> {
  return classifierOf(await loadModel(modelDir, options), options.limits ?? DEFAULT_LIMITS);
}

function classifierOf(model: Model, limits: ImageLimits): Classifier {
  const { manifest } = model;
  const target = { ...manifest.input, ...manifest.preprocessing };
  const rule = scoreRuleOf(model);
  return {
    model: model.ref,
    async classify(image, extras = {}) {
      const { withThumbnail = false, withPalette = false, withVector = false, withHeat = false } = extras;
      const startedAt = performance.now();
      const picture = await decodeImage(image, target, limits);
      const decodedAt = performance.now();
      const { scores: raw, embedding } = await model.infer(picture);
      const inferredAt = performance.now();
      const decodeMs = decodedAt - startedAt;
      const isQuick = withThumbnail && decodeMs < MOST_DECODE_MS;
      const thumbnail = isQuick ? await thumbnailOf(image, picture, limits) : undefined;
      const outputs = [...raw];
      const background = backgroundOf(picture, target.fit);
      const scores = rankLabels(outputs, rule, background);
      const heat = withHeat ? await model.heatOf?.(picture, scores[0]?.label ?? '') : undefined;
      return {
        scores,
        unknown: isUnknown(outputs, rule) || (manifest.blank !== 'label' && isBlank(picture, target.fit)),
        damaged: picture.condition === 'damaged',
        background,
        ...(embedding && model.typicalityOf && { typicality: model.typicalityOf(embedding) }),
        ...(embedding === undefined ? {} : { embedding }),
        decodeMs,
        inferMs: inferredAt - decodedAt,
        ...(thumbnail && { thumbnail }),
        ...(withPalette && { palette: await paletteOf(picture, target.fit) }),
        ...(heat && { heat }),
        ...(withVector && embedding && model.vectorOf && { vector: model.vectorOf(embedding) }),
      };
    },
    close: () => model.close(),
  };
}

/** Imported on demand: its tables of colours would delay the start of every worker. */
async function paletteOf(picture: DecodedImage, fit: Target['fit']): Promise<Palette> {
  const palette = await import('../palette/palette.js');
  return palette.paletteOf(picture, pictureArea(picture, fit));
}

/** The picture is decoded once more, in another size. Its labels are kept if that fails. */
async function thumbnailOf(
  image: Uint8Array,
  { source }: DecodedImage,
  limits: ImageLimits,
): Promise<Prediction['thumbnail']> {
  const startedAt = performance.now();
  try {
    const bytes = await listThumbnail(image, source, limits);
    return { bytes, ms: performance.now() - startedAt };
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}

function scoreRuleOf({ manifest }: Model): ScoreRule {
  const { labels, output, calibration, rejection } = manifest;
  return { labels, kind: output.kind, ...calibration, rejection };
}
