import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { flag, oneOf, text, type Values, withDefault } from '@hangtag/emulators/command-options.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { inspectNetwork } from '@hangtag/shared/inference/inspect.js';
import { MANIFEST_FILE } from '@hangtag/shared/inference/read-manifest.js';
import { addModel } from './model-add/add-model.js';
import { goldenPictures } from './model-add/golden-pictures.js';
import { findModel } from './model-add/model-source.js';
import { type Ask, NORMALISATIONS, settle } from './model-add/settings.js';

const COMMAND = {
  name: 'npm run model',
  what: `Makes a model that Hangtag can serve of a folder with an ONNX file, a TensorFlow.js model or a Teachable Machine
export: writes manifest.json and a golden set into it, and tests it. It asks for what is missing. See docs/own-model.md.`,
  words: { value: 'add DIR', min: 2, max: 2 },
  options: {
    labels: text('A,B,C', 'the labels, in the order of the outputs'),
    size: text('WIDTHxHEIGHT', 'size of the input'),
    normalisation: text(Object.keys(NORMALISATIONS).join('|'), 'range of the input values'),
    fit: text('squash|cover|pad', 'how a picture is fitted to the size'),
    kernel: withDefault(
      oneOf(['linear', 'cubic', 'lanczos3'], 'how a picture is resized (linear)'),
      'linear',
    ),
    'colour-order': withDefault(oneOf(['rgb', 'bgr'], 'order of the channels (rgb)'), 'rgb'),
    scores: text('OUTPUT', 'the output with the scores'),
    id: text('ID', 'id of the model'),
    version: withDefault(text('VERSION', 'version of the model (1.0.0)'), '1.0.0'),
    golden: text('DIR', 'pictures of the golden set'),
    force: flag('overwrite an existing manifest.json'),
  },
} as const;

await runCommand(COMMAND, async ({ options, words: [verb, path = ''] }) => {
  if (verb !== 'add') throw new UsageError(`Expected add DIR but received "${verb} ${path}"`);
  await add(path, options);
  return undefined;
});

async function add(path: string, flags: Values<typeof COMMAND.options>): Promise<void> {
  const dir = (await stat(path)).isDirectory() ? path : dirname(path);
  if (existsSync(join(dir, MANIFEST_FILE)) && !flags.force) {
    throw new UsageError(`Expected no ${MANIFEST_FILE} in ${dir} but found one: --force overwrites it`);
  }
  const source = await findModel(dir);
  const shape = await inspectNetwork(source.engine, source.entry, source.files);
  const settings = await withPrompt((ask) => settle({ source, shape }, flags, ask));
  const target = { width: settings.width, height: settings.height, ...settings.preprocessing };
  const pictures = await goldenPictures(target, flags.golden);
  const { id, version, labels, output } = await addModel({ source, shape, settings, pictures });
  console.log(`${id} ${version}: ${labels.length} labels, ${output.kind}, ${pictures.length} golden pictures, tested.

It is in ${dir}. To serve it:
  HANGTAG_MODEL_DIR=${dir} npm start
To measure it:
  npm run evaluate -- --model ${dir} --images DIR --labels FILE.csv`);
}

/** Asks questions only on a terminal. */
async function withPrompt<T>(use: (ask: Ask) => Promise<T>): Promise<T> {
  if (!process.stdin.isTTY) return use(undefined);
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await use(async (question, proposal) => {
      const answer = await prompt.question(`${question}${proposal === '' ? '' : ` [${proposal}]`}: `);
      return answer.trim() || proposal;
    });
  } finally {
    prompt.close();
  }
}
