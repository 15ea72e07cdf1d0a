import { ModelError } from '@hangtag/shared/errors.js';
import { inspectNetwork, type NetworkShape } from '@hangtag/shared/inference/inspect.js';
import { serve } from '@hangtag/shared/inference/isolation/serve.js';
import { openEngine } from '@hangtag/shared/inference/load-model.js';
import { type GoldenMeasurement, measureOutputs } from '@hangtag/shared/inference/measure-outputs.js';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import { findModel, type ModelSource } from './model-source.js';
import type { NetworkQuestion } from './network-process.js';

/** The program of the process that opens a network for `npm run model -- add`. The answer is made while it starts. */
await serve<NetworkQuestion>(async (question) => {
  const answer = await answerTo(question);
  return { model: { id: 'none', version: '0', sha256: '' }, classify: async () => answer };
});

async function answerTo(question: NetworkQuestion): Promise<NetworkShape | GoldenMeasurement> {
  const source = await findModel(question.dir);
  const { dir, engine, entry, files } = source;
  try {
    return question.kind === 'shape'
      ? await inspectNetwork(engine, entry, files)
      : await measure(source, question);
  } catch (cause) {
    if (cause instanceof ModelError) throw new ModelError(dir, cause.faults, { cause });
    const fault = { at: entry, expected: `a network for ${engine}`, received: describeSystemError(cause) };
    throw new ModelError(dir, [fault], { cause });
  }
}

async function measure(
  { engine, entry, files }: ModelSource,
  { manifest, images }: Extract<NetworkQuestion, { kind: 'outputs' }>,
): Promise<GoldenMeasurement> {
  const network = await openEngine(engine, { manifest, entry, files });
  try {
    return await measureOutputs(network, manifest, images);
  } finally {
    await network.close();
  }
}
