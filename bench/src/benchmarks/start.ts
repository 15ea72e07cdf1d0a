/**
 * `npm start` as people see it: from the command to the first label on the screen; and many images with the table, in a
 * terminal, and without it, in turns.
 */
import { link, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, repeat } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { pictureFolder, SHOP_PHOTO } from '../measure/pictures.js';
import { type StartRequest, type StartRun, startRun } from '../measure/start-run.js';

const STARTS = { full: 5, quick: 1 };
const IMAGES = { full: 2_500, quick: 100 };
const TURNS = { full: 3, quick: 1 };
/** `npm start` prints this when all parts serve, just before it uploads. */
const READY = /^Running on/m;
const LABELLED_ROW = /│ (?:done|review) /;

export const benchmark: Benchmark = async ({ scale, say }) => {
  // The first start of a checkout may make the bundle.
  await start('terminal');
  const starts = await repeat(STARTS[scale], () => start('terminal'));
  const images = IMAGES[scale];
  const options = ['--images', await folderOf(images, await pictureFolder(SHOP_PHOTO, say))];
  const turns = await repeat(TURNS[scale], async (turn) => {
    say(`${images} images without the table and with it, turn ${turn + 1} of ${TURNS[scale]} ...`);
    return {
      without_table: rateOf(await start('pipe', options), images),
      with_table: rateOf(await start('terminal', options), images),
    };
  });
  const rate = (of: keyof (typeof turns)[number]): Measurement => ({
    name: `start_${images}.${of}.images_per_s`,
    unit: 'images/s',
    values: turns.map((turn) => turn[of]),
  });
  const without = rate('without_table');
  return [...firstLabels(starts), without, { ...rate('with_table'), ratioTo: without.name }];
};

async function start(output: StartRequest['output'], options: readonly string[] = []): Promise<StartRun> {
  return startRun({ output, folder: await mkdtemp(join(tmpdir(), 'start-')), options });
}

function firstLabels(starts: readonly StartRun[]): readonly Measurement[] {
  const times = starts.map((start) => ({
    ready: start.printedAfter(READY),
    label: start.printedAfter(LABELLED_ROW),
  }));
  const ms = (name: string, values: readonly number[]) => ({ name: `start.${name}_ms`, unit: 'ms', values });
  return [
    ms(
      'ready',
      times.map(({ ready }) => ready),
    ),
    ms(
      'first_label',
      times.map(({ label }) => label),
    ),
    ms(
      'ready_to_first_label',
      times.map(({ ready, label }) => label - ready),
    ),
  ];
}

/** A folder with the pictures under as many names. */
async function folderOf(images: number, pictures: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'images-'));
  const names = await readdir(pictures);
  for (let index = 0; index < images; index += 1) {
    await link(join(pictures, names[index % names.length] ?? ''), join(folder, `${index}.jpg`));
  }
  return folder;
}

/** From the first upload to the last label on the screen. @throws Error if a label is not shown */
function rateOf({ summary: { imagesPerSecond }, text }: StartRun, images: number): number {
  if (imagesPerSecond === null || !text.includes(`${images} of ${images} images have a label`))
    throw new Error(`Expected ${images} labels on the screen but found ${text.slice(-1_000)}`);
  return imagesPerSecond;
}
