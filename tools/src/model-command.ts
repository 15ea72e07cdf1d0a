import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { runCommand } from '@hangtag/emulators/command-line.js';
import {
  flag,
  oneOf,
  ruledText,
  text,
  type Values,
  withDefault,
} from '@hangtag/emulators/command-options.js';
import { folder } from '@hangtag/emulators/path-options.js';
import { shellWord } from '@hangtag/emulators/shell-word.js';
import { isModelVersion } from '@hangtag/shared/domain/model-version.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { MANIFEST_FILE } from '@hangtag/shared/inference/read-manifest.js';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import { addModel, doubtsAbout } from './model-add/add-model.js';
import { goldenPictures } from './model-add/golden-pictures.js';
import { findModel } from './model-add/model-source.js';
import { shapeOf } from './model-add/network-process.js';
import { type Ask, chooseSettings, FITS, RANGES, SIZE } from './model-add/settings.js';

const COMMAND = {
  name: 'npm run model',
  what: `Makes a model that Hangtag can serve of a folder with an ONNX file, a TensorFlow.js model or a Teachable Machine
export: writes manifest.json and a golden set into it, and tests it. It asks for what is missing. See docs/own-model.md.`,
  words: { value: 'add DIR', min: 2, max: 2 },
  options: {
    labels: ruledText('A,B,C', 'the labels, in the order of the outputs', {
      expected: 'two or more labels with commas between',
      accepts: (given) => given.split(',').filter((label) => label.trim() !== '').length >= 2,
    }),
    size: ruledText('WIDTHxHEIGHT', 'size of the input', {
      expected: 'WIDTHxHEIGHT in pixels, each at most 9999',
      accepts: (given) => SIZE.test(given),
    }),
    normalisation: oneOf(RANGES, 'range of the input values'),
    fit: oneOf(FITS, 'how a picture is fitted to the size'),
    kernel: withDefault(
      oneOf(['linear', 'cubic', 'lanczos3'], 'how a picture is resized (linear)'),
      'linear',
    ),
    'colour-order': withDefault(oneOf(['rgb', 'bgr'], 'order of the channels (rgb)'), 'rgb'),
    scores: text('OUTPUT', 'the output with the scores'),
    id: ruledText('ID', 'id of the model', {
      expected: 'at most 100 small letters, digits, dots and hyphens',
      accepts: (id) => isModelVersion({ id, version: '1' }),
    }),
    version: withDefault(
      ruledText('VERSION', 'version of the model (1.0.0)', {
        expected: 'at most 100 letters, digits and . _ + - without spaces',
        accepts: (version) => isModelVersion({ id: 'model', version }),
      }),
      '1.0.0',
    ),
    golden: folder('pictures of the golden set'),
    force: flag('overwrite an existing manifest.json'),
  },
} as const;

await runCommand(COMMAND, async ({ options, words: [verb, path = ''] }) => {
  if (verb !== 'add') throw new UsageError(`Expected add DIR but received "${verb} ${path}"`);
  await add(path, options);
  return undefined;
});

async function add(path: string, flags: Values<typeof COMMAND.options>): Promise<void> {
  const dir = await folderOf(path);
  if (existsSync(join(dir, MANIFEST_FILE)) && !flags.force) {
    throw new UsageError(`Expected no ${MANIFEST_FILE} in ${dir} but found one: --force overwrites it`);
  }
  const source = await findModel(dir);
  const shape = await shapeOf(source);
  const settings = await withPrompt((ask) => chooseSettings({ source, shape }, flags, ask));
  const target = { width: settings.width, height: settings.height, ...settings.preprocessing };
  const pictures = await goldenPictures(target, flags.golden);
  const manifest = await addModel({ source, shape, settings, pictures });
  const { id, version, labels, output } = manifest;
  console.log(`${id} ${version}: ${labels.length} labels, ${output.kind}, ${pictures.length} golden pictures, tested.
${doubtsAbout(manifest)
  .map((doubt) => `\n${doubt}\n`)
  .join('')}
It is in ${dir}. To serve it:
  HANGTAG_MODEL_DIR=${shellWord(dir)} npm start
To measure it:
  npm run evaluate -- --model ${shellWord(dir)} --images DIR --labels FILE.csv`);
}

/** The folder itself, or that of a file in it. */
async function folderOf(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? path : dirname(path);
  } catch (cause) {
    throw new UsageError(
      `Expected the folder of a model but received "${path}" (${describeSystemError(cause)})`,
      { cause },
    );
  }
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
