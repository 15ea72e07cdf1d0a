import { writeFile } from 'node:fs/promises';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { flag, oneOf, ruledText, text, type Values } from '@hangtag/emulators/command-options.js';
import { file, folder, newFile } from '@hangtag/emulators/path-options.js';
import { visible } from '@hangtag/emulators/visible.js';
import { checkGuarantees, guaranteesOf } from '@hangtag/shared/domain/precision-guarantee.js';
import { InputError, UsageError } from '@hangtag/shared/errors.js';
import { isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
import { ENGINES, engineOf } from '@hangtag/shared/inference/manifest-facts.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { SingleBar } from 'cli-progress';
import { ImageIndex } from './evaluate/image-index.js';
import { type RowFilter, readLabels } from './evaluate/labelled-files.js';
import { formatGuarantees, formatReport } from './evaluate/print-report.js';
import { runEvaluation } from './evaluate/run-evaluation.js';
import { writeGuarantees } from './evaluate/write-guarantees.js';

const COMMAND = {
  name: 'npm run evaluate',
  what: 'Labels every picture of the CSV (file,label or id,articleType) with the decoding and inference of the product.',
  options: {
    model: folder('the model'),
    images: folder('the pictures'),
    labels: file('FILE.csv', 'the label of each picture'),
    engine: oneOf(ENGINES, "what runs the model (the model's own)"),
    where: ruledText('COLUMN=VALUE', 'only rows of the CSV with this value', {
      expected: 'COLUMN=VALUE',
      accepts: (given) => given.indexOf('=') > 0,
    }),
    source: text('COLUMN', 'the column that says where a picture is from: figures of each source apart'),
    'write-guarantees': flag(
      'write the precisions that these pictures support into the manifest of the model',
    ),
    json: newFile('OUT', 'write the report to a file'),
  },
} as const;

await runCommand(COMMAND, async ({ options }) => {
  await evaluateModel(options);
  return undefined;
});

async function evaluateModel({
  model,
  images,
  labels,
  engine,
  where,
  source,
  json,
  'write-guarantees': writesGuarantees,
}: Values<typeof COMMAND.options>): Promise<void> {
  if (model === undefined || images === undefined || labels === undefined)
    throw new UsageError('Expected --model DIR --images DIR --labels FILE.csv but received fewer');
  const manifest = await readManifest(model);
  const rows = await readLabels(labels, {
    filter: where === undefined ? undefined : filterOf(where),
    sourceColumn: source,
  });
  const index = await ImageIndex.of(images);
  // In a watched process: a network of a few bytes can need gigabytes when it is loaded.
  const classifier = await isolateClassifier(model, { engine: engine ?? engineOf(manifest), workers: 1 });
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
  console.log(`${manifest.id} ${manifest.version} on ${engine ?? engineOf(manifest)}\n${formatReport(run)}`);
  const guarantees = writesGuarantees ? guaranteesOf(run.measured) : manifest.guarantees;
  if (writesGuarantees && guarantees) await writeGuarantees(model, guarantees);
  const checks = guarantees && checkGuarantees(guarantees, run.measured);
  if (checks) console.log(formatGuarantees(checks));
  for (const { name, reason } of run.leftOut.slice(0, 10))
    console.error(visible(`left out: ${name}: ${reason}`));
  if (json !== undefined)
    await writeFile(
      json,
      `${JSON.stringify({ ...run.report, ...(checks && { guarantees: checks }) }, null, 2)}\n`,
    );
  if (Object.keys(run.report.delivered).length === 0)
    throw new InputError(`Expected pictures in ${images} for the ${rows.length} rows but found none`);
}

function filterOf(where: string): RowFilter {
  const at = where.indexOf('=');
  return { column: where.slice(0, at), value: where.slice(at + 1) };
}
