import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { inspectNetwork } from '@hangtag/shared/inference/inspect.js';
import { MANIFEST_FILE } from '@hangtag/shared/inference/read-manifest.js';
import { z } from 'zod';
import { addModel } from './model-add/add-model.js';
import { goldenPictures } from './model-add/golden-pictures.js';
import { findModel } from './model-add/model-source.js';
import { type Ask, NORMALISATIONS, settle } from './model-add/settings.js';

const USAGE = `npm run model -- add DIR [--labels a,b,c] [--size WIDTHxHEIGHT]
             [--normalisation ${Object.keys(NORMALISATIONS).join('|')}] [--fit squash|cover|pad]
             [--kernel linear|cubic|lanczos3] [--colour-order rgb|bgr]
             [--scores OUTPUT] [--id ID] [--version VERSION] [--golden DIR] [--force]

Makes a model that Hangtag can serve of a folder with an ONNX file, a TensorFlow.js model or a Teachable Machine
export: writes manifest.json and a golden set into it, and tests it. What is not told is asked. See docs/own-model.md.`;

const options = z.strictObject({
  id: z.string().optional(),
  version: z.string().default('1.0.0'),
  labels: z.string().optional(),
  scores: z.string().optional(),
  size: z.string().optional(),
  normalisation: z.string().optional(),
  fit: z.string().optional(),
  kernel: z.enum(['linear', 'cubic', 'lanczos3']).default('linear'),
  'colour-order': z.enum(['rgb', 'bgr']).default('rgb'),
  golden: z.string().optional(),
  force: z.boolean().default(false),
});

await runCommand(USAGE, async () => {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      id: text,
      version: text,
      labels: text,
      scores: text,
      size: text,
      normalisation: text,
      fit: text,
      kernel: text,
      'colour-order': text,
      golden: text,
      force: { type: 'boolean' },
    },
  });
  const [verb, path, ...others] = positionals;
  if (verb !== 'add' || path === undefined || others.length > 0) throw new UsageError('Expected: add DIR');
  const parsed = options.safeParse({ ...values });
  if (!parsed.success) throw new UsageError(z.prettifyError(parsed.error));
  await add(path, parsed.data);
});

async function add(path: string, flags: z.infer<typeof options>): Promise<void> {
  const dir = (await stat(path)).isDirectory() ? path : dirname(path);
  if (existsSync(join(dir, MANIFEST_FILE)) && !flags.force) {
    throw new UsageError(`Expected no ${MANIFEST_FILE} in ${dir} but there is one: --force writes it anew`);
  }
  const source = await findModel(dir);
  const shape = await inspectNetwork(source.engine, source.entry, source.files);
  const settings = await withPrompt((ask) => settle({ source, shape }, flags, ask));
  const target = { width: settings.width, height: settings.height, ...settings.preprocessing };
  const pictures = await goldenPictures(target, flags.golden);
  const { id, version, labels, output } = await addModel({ source, shape, settings, pictures });
  console.log(`${id} ${version}: ${labels.length} labels, ${output.kind}, ${pictures.length} golden pictures, tested.

It is in ${dir}. To serve it:
  HANGTAG_MODEL_DIR=${dir} HANGTAG_ENGINE=${source.engine} npm start
To measure it:
  npm run evaluate -- --model ${dir} --engine ${source.engine} --images DIR --labels FILE.csv`);
}

/** Questions are asked only where somebody can answer. */
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
