import { performance } from 'node:perf_hooks';
import { isUnknown, rankLabels, type ScoreRule } from '../domain/scores.js';
import { isBlank } from '../imaging/blank.js';
import { decodeImage } from '../imaging/decode.js';
import { DEFAULT_LIMITS, type ImageLimits } from '../imaging/limits.js';
import type { Classifier } from '../ports/classifier.js';
import { type LoadOptions, loadModel } from './load-model.js';
import type { Model } from './model.js';

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

export function classifierOf(model: Model, limits: ImageLimits): Classifier {
  const { manifest } = model;
  const target = { ...manifest.input, ...manifest.preprocessing };
  const rule = scoreRuleOf(model);
  return {
    model: model.ref,
    async classify(image) {
      const startedAt = performance.now();
      const picture = await decodeImage(image, target, limits);
      const decodedAt = performance.now();
      const { scores: raw, embedding } = await model.infer(picture);
      const outputs = [...raw];
      return {
        scores: rankLabels(outputs, rule),
        unknown: isUnknown(outputs, rule) || (manifest.blank !== 'label' && isBlank(picture, target.fit)),
        damaged: picture.condition === 'damaged',
        ...(embedding === undefined ? {} : { embedding }),
        decodeMs: decodedAt - startedAt,
        inferMs: performance.now() - decodedAt,
      };
    },
    close: () => model.close(),
  };
}

function scoreRuleOf({ manifest }: Model): ScoreRule {
  const { labels, output, calibration, rejection } = manifest;
  return { labels, kind: output.kind, temperature: calibration.temperature, rejection };
}
