/**
 * How well labels are learned from corrections, by the number of corrections, and what it does to the other labels. With `--time`: how
 * long it takes to learn from 5,000 judged images. With `--suspects`: how well planted wrong labels are found.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { flag } from '@hangtag/emulators/command-options.js';
import { applyHead, type Head } from '@hangtag/shared/inference/head.js';
import { rowOf, select } from '@hangtag/shared/learning/examples.js';
import { type Base, learnHead } from '@hangtag/shared/learning/learn-head.js';
import { baseOf } from '@hangtag/shared/learning/read-base.js';
import { firstOfEach, splitByGroup } from './corrections.js';
import { DATA_OPTIONS } from './data-options.js';
import { withoutLabels } from './hidden-labels.js';
import { type LabelledSet, phonePhotos, productPhotos, validationPhotos } from './pictures.js';
import { printSuspects, projectionOf } from './planted-labels.js';
import { writeShippedKnowledge } from './shipped-knowledge.js';

const COMMAND = {
  name: 'npm run learning-curve',
  what: 'Measures how labels are learned from corrections. The data sets are not part of the project.',
  options: {
    ...DATA_OPTIONS,
    suspects: flag('measure how well planted wrong labels are found instead'),
    time: flag('measure the time for 5,000 judged images instead'),
    'write-knowledge': flag('write the knowledge file of the model instead'),
  },
} as const;

const CORRECTIONS = [20, 50, 100, 200];
const NEW_LABELS = ['dress', 'hat', 'outwear', 'pants', 'shorts', 'skirt'];
/** An easy pair, and a hard one: their pictures look like those of other labels. */
const HIDDEN = [
  ['Kurtas', 'Watches'],
  ['Sports Shoes', 'Tops'],
];

await runCommand(COMMAND, async ({ options }) => {
  const places = { data: options.data, cache: options.cache, model: options.model };
  if (!existsSync(join(places.data, 'fashion/labels.csv'))) {
    console.log(`SKIPPED: the learning curve: there is no fashion/labels.csv in ${places.data}`);
    return undefined;
  }
  if (options.suspects) {
    printSuspects(await validationPhotos(places), await projectionOf(places.model));
    return undefined;
  }
  const products = await productPhotos(places);
  if (options['write-knowledge']) await writeShippedKnowledge(places.model, products.train);
  else if (options.time) printTime(products.train);
  else await printCurves(await baseOf(places.model), products, await phonePhotos(places));
  return undefined;
});

async function printCurves(
  base: Base,
  { train, val }: Record<'train' | 'val', LabelledSet>,
  phone: LabelledSet,
): Promise<void> {
  console.log(
    `New labels: ${NEW_LABELS.join(', ')} (phone photos); the old labels are tested on ${val.examples.labels.length} product photos.`,
  );
  const { learned, tested } = splitByGroup(only(phone, NEW_LABELS));
  printCurve({ base, corrected: learned, tested, others: val });
  for (const hidden of HIDDEN) {
    console.log(`\nHidden labels: ${hidden.join(', ')} (product photos); tested on those of val.`);
    const others = only(
      val,
      val.labels.filter((label) => !hidden.includes(label)),
    );
    const partial = { ...base, ...withoutLabels(base, hidden) };
    printCurve({ base: partial, corrected: only(train, hidden), tested: only(val, hidden), others });
  }
}

interface Curve {
  readonly base: Base;
  readonly corrected: LabelledSet;
  readonly tested: LabelledSet;
  readonly others: LabelledSet;
}

function printCurve({ base, corrected, tested, others }: Curve): void {
  const before = accuracyOf(base.knowledge.head, others);
  console.log(
    '| corrected, each label | new labels % | cross-validated % | old labels % | change |\n| --- | --- | --- | --- | --- |',
  );
  console.log(`| 0 | 0.0 | | ${percent(before)} | |`);
  for (const count of CORRECTIONS) {
    const { labels } = corrected;
    const learned = learnHead({ examples: firstOfEach(corrected.examples, count), labels, base });
    const after = accuracyOf(learned.head, others);
    const columns = [accuracyOf(learned.head, tested), learned.after.accuracy ?? 0, after].map(percent);
    console.log(`| ${count} | ${columns.join(' | ')} | ${((after - before) * 100).toFixed(2)} |`);
  }
}

function printTime({ labels, examples }: LabelledSet): void {
  const judged = firstOfEach(select(examples, [...examples.labels.keys()].slice(0, 5_000)), 5_000);
  const startedAt = process.cpuUsage();
  const { after, penalty } = learnHead({ examples: judged, labels });
  const { user, system } = process.cpuUsage(startedAt);
  console.log(
    `${judged.labels.length} judged images, ${labels.length} labels: ${((user + system) / 1e6).toFixed(1)} s of processor time, ${Math.round(process.resourceUsage().maxRSS / 1024)} MB at most; accuracy ${percent(after.accuracy ?? 0)}, penalty ${penalty}`,
  );
}

function accuracyOf(head: Head, { examples, labels }: LabelledSet): number {
  const right = [...examples.labels].filter((label, at) => {
    const scores = applyHead(head, rowOf(examples, at)).subarray(0, head.labels.length);
    return head.labels[scores.indexOf(Math.max(...scores))] === labels[label];
  });
  return right.length / examples.labels.length;
}

function only({ labels, examples }: LabelledSet, wanted: readonly string[]): LabelledSet {
  const members = [...examples.labels.keys()].filter((at) =>
    wanted.includes(labels[examples.labels[at] ?? 0] ?? ''),
  );
  const chosen = select(examples, members);
  return {
    labels: wanted,
    examples: { ...chosen, labels: chosen.labels.map((label) => wanted.indexOf(labels[label] ?? '')) },
  };
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}
