import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { lockLoaders } from '@hangtag/shared/imaging/libvips.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { ENGINES } from '@hangtag/shared/inference/manifest.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { SingleBar } from 'cli-progress';
import { z } from 'zod';
import { ImageIndex } from './evaluate/image-index.js';
import { type RowFilter, readLabels } from './evaluate/labelled-files.js';
import { formatReport } from './evaluate/print-report.js';
import { runEvaluation } from './evaluate/run-evaluation.js';

const USAGE = `npm run evaluate -- --model DIR --images DIR --labels FILE.csv [--engine ${ENGINES.join('|')}]
                    [--where COLUMN=VALUE] [--json OUT]

Labels every picture of the CSV (file,label or id,articleType) through the product's own decoding and inference.`;

const options = z.strictObject({
  model: z.string(),
  images: z.string(),
  labels: z.string(),
  engine: z.enum(ENGINES).default('onnx'),
  where: z
    .string()
    .regex(/^[^=]+=/, 'COLUMN=VALUE')
    .optional(),
  json: z.string().optional(),
});

lockLoaders();
await runCommand(USAGE, async () => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { model: text, images: text, labels: text, engine: text, where: text, json: text },
  });
  const parsed = options.safeParse({ ...values });
  if (!parsed.success) throw new UsageError(z.prettifyError(parsed.error));
  await evaluateModel(parsed.data);
});

async function evaluateModel({
  model,
  images,
  labels,
  engine,
  where,
  json,
}: z.infer<typeof options>): Promise<void> {
  const manifest = await readManifest(model);
  const rows = await readLabels(labels, where === undefined ? undefined : filterOf(where));
  const index = await ImageIndex.of(images);
  const classifier = await loadClassifier(model, { engine });
  const bar = new SingleBar({ format: '{bar} {value}/{total} pictures, {eta_formatted} to go' });
  bar.start(rows.length, 0);
  const run = await runEvaluation({
    classifier,
    labels: manifest.labels,
    rows,
    images: index,
    onProgress: () => bar.increment(),
  });
  bar.stop();
  await classifier.close();
  console.log(`${manifest.id} ${manifest.version} on ${engine}\n${formatReport(run)}`);
  for (const { name, reason } of run.leftOut.slice(0, 10)) console.error(`left out: ${name}: ${reason}`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(run.report, null, 2)}\n`);
  if (run.report.n === 0)
    throw new Error(`Expected pictures in ${images} for the ${rows.length} rows but found none`);
}

function filterOf(where: string): RowFilter {
  const at = where.indexOf('=');
  return { column: where.slice(0, at), value: where.slice(at + 1) };
}
