/**
 * The model of the tenant in this browser, on TensorFlow.js: the picture is not sent anywhere. Loaded when a picture is tried. Only the
 * backend in plain JavaScript needs no exception from the Content Security Policy.
 */
import '@tensorflow/tfjs-backend-cpu';
import type { HangtagClient, Model } from '@hangtag/client';
import {
  isUnknown,
  type LabelProbability,
  rankLabels,
  type ScoreRule,
} from '@hangtag/shared/domain/scores.js';
import { backgroundOf } from '@hangtag/shared/imaging/background.js';
import { isBlank } from '@hangtag/shared/imaging/blank.js';
import type { DecodedImage } from '@hangtag/shared/imaging/decoded-image.js';
import type { Manifest } from '@hangtag/shared/inference/manifest.js';
import { tensorFiller } from '@hangtag/shared/inference/tensor.js';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { PageError } from './attempt.js';
import { resample } from './resample.js';
import { strings } from './strings.js';

/** The fields of the manifest that the API gives as records of anything. */
type Facts = Model & Pick<Manifest, 'input' | 'preprocessing' | 'output' | 'rejection' | 'calibration'>;

export interface BrowserAnswer {
  /** Highest first. */
  readonly labels: readonly LabelProbability[];
  /** None of the labels applies. */
  readonly isUnknown: boolean;
  readonly inferMs: number;
}

export class BrowserModel {
  readonly name: string;
  readonly #facts: Facts;
  readonly #graph: GraphModel;

  private constructor(facts: Facts, graph: GraphModel) {
    this.name = `${facts.id} ${facts.version}`;
    this.#facts = facts;
    this.#graph = graph;
  }

  /** @throws {PageError} the model has no files for TensorFlow.js, or a head of its own; or what `HangtagClient` throws */
  static async load(api: HangtagClient): Promise<BrowserModel> {
    const facts = (await api.model()) as Facts;
    const entry = facts.engines['tfjs'];
    if (entry === undefined || facts.head !== undefined) throw new PageError(strings.notForBrowsers);
    await tf.setBackend('cpu');
    return new BrowserModel(
      facts,
      await loadGraphModel(tf.io.fromMemory(await artifactsOf(api, facts, entry))),
    );
  }

  label(picture: ImageBitmap): BrowserAnswer {
    const { input, preprocessing, output } = this.#facts;
    const filler = tensorFiller(this.#facts, 'NHWC');
    const tensor = new Float32Array(filler.length);
    const fitted = fitTo(picture, { ...input, ...preprocessing });
    filler.fill(tensor, fitted);
    const begin = performance.now();
    const scores = tf.tidy(() => {
      const pixels = tf.tensor4d(tensor, [1, input.height, input.width, CHANNELS]);
      return [
        ...([this.#graph.execute(pixels, nodeOf(this.#graph, output.scores))].flat()[0]?.dataSync() ?? []),
      ];
    });
    const inferMs = performance.now() - begin;
    const rule = this.#rule();
    return {
      labels: rankLabels(scores, rule, backgroundOf(fitted, preprocessing.fit)),
      isUnknown: isUnknown(scores, rule) || isBlank(fitted, preprocessing.fit),
      inferMs,
    };
  }

  #rule(): ScoreRule {
    const { labels, output, calibration, rejection } = this.#facts;
    return { labels, kind: output.kind, ...calibration, rejection };
  }
}

/** A converter renames nodes, and keeps the old names in the signature. */
function nodeOf({ modelSignature }: GraphModel, output: string): string {
  const { outputs } = modelSignature as { readonly outputs?: Readonly<Record<string, { name: string }>> };
  return outputs?.[output]?.name ?? output;
}

const CHANNELS = 3;
const WHITE = '#fff';

async function artifactsOf(api: HangtagClient, model: Model, entry: string): Promise<tf.io.ModelArtifacts> {
  const folder = entry.slice(0, entry.lastIndexOf('/') + 1);
  const json: tf.io.ModelJSON = JSON.parse(new TextDecoder().decode(await api.modelFile(model, entry)));
  return tf.io.getModelArtifactsForJSON(json, async (groups) => {
    const paths = groups.flatMap((group) => group.paths);
    const parts = await Promise.all(paths.map((path) => api.modelFile(model, folder + path)));
    return [groups.flatMap((group) => group.weights), await new Blob(parts).arrayBuffer()];
  });
}

/** The picture in the size of the model's input, without transparency. */
function fitTo(
  picture: ImageBitmap,
  { width, height, fit, kernel }: Manifest['input'] & Manifest['preprocessing'],
): DecodedImage {
  const across = width / picture.width;
  const down = height / picture.height;
  const scale = fit === 'cover' ? Math.max(across, down) : Math.min(across, down);
  // The part of the picture, or the area around it, that becomes the whole input.
  const frame =
    fit === 'squash'
      ? { width: picture.width, height: picture.height }
      : { width: Math.round(width / scale), height: Math.round(height / scale) };
  const canvas = new OffscreenCanvas(frame.width, frame.height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('Expected a canvas of this browser');
  context.fillStyle = WHITE;
  context.fillRect(0, 0, frame.width, frame.height);
  context.drawImage(picture, (frame.width - picture.width) / 2, (frame.height - picture.height) / 2);
  const { data } = context.getImageData(0, 0, frame.width, frame.height);
  const source = { width: picture.width, height: picture.height };
  const fitted = resample({ ...frame, pixels: withoutAlpha(data) }, width, height, kernel);
  return { ...fitted, source, condition: 'whole' };
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * CHANNELS);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += CHANNELS)
    rgb.set(rgba.subarray(from, from + CHANNELS), to);
  return rgb;
}
