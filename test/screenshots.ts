/**
 * Takes the pictures of the page in docs/, from stacks that it starts:
 *
 *     npm run screenshots
 *     npm run screenshots -- FOLDER     # every screen at 360, 1024 and 1920 pixels, light and dark, into FOLDER
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Firestore, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import { HangtagClient } from '@hangtag/client';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import { chromium } from 'playwright-core';
import { madeUpReport } from './fixtures/made-up-report.js';
import { fromRoot } from './fixtures/paths.js';
import { type RunningStack, startStackProcess } from './support/running-stack.js';
import { until } from './support/until.js';

const IMAGES = 48;
const SCREENS = ['wall', 'review', 'reports', 'models', 'health', 'try', 'wardrobe'] as const;

interface Shot {
  readonly file: string;
  readonly screen: (typeof SCREENS)[number];
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

const [folder] = process.argv.slice(2);
const shots: readonly Shot[] =
  folder === undefined
    ? SCREENS.filter((screen) => screen !== 'try').map((screen) => ({
        file: fromRoot(`docs/${screen}.png`),
        screen,
        width: 1_280,
        colorScheme: 'light',
      }))
    : SCREENS.flatMap((screen) =>
        [360, 1_024, 1_920].flatMap((width) =>
          (['light', 'dark'] as const).map((colorScheme) => {
            const file = join(folder, `${screen}-${width}-${colorScheme}.png`);
            return { file, screen, width, colorScheme };
          }),
        ),
      );

if (folder !== undefined) await mkdir(folder, { recursive: true });
const isOfWardrobe = ({ screen }: Shot) => screen === 'wardrobe';
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await take(
    shots.filter((shot) => !isOfWardrobe(shot)),
    { options: [], user: 'admin (default)', fill },
  );
  await take(shots.filter(isOfWardrobe), {
    options: ['--wardrobe'],
    user: 'reviewer (default)',
    fill: async ({ output }) => {
      await until('the calendar', () => output().includes('are the wardrobe of'), 240_000);
    },
  });
} finally {
  await browser.close();
}

interface Stage {
  /** Of `npm start`. */
  readonly options: readonly string[];
  readonly user: string;
  /** What the pictures show besides labelled drawings. */
  fill(stack: RunningStack, firestore: Firestore): Promise<void>;
}

async function take(shots: readonly Shot[], { options, user, fill }: Stage): Promise<void> {
  const stack = await startStackProcess(['--count', String(IMAGES), ...options]);
  const firestore = new Firestore({
    projectId: stack.env['GCLOUD_PROJECT'] ?? '',
    host: stack.env['FIRESTORE_EMULATOR_HOST'] ?? '',
    ssl: false,
  });
  try {
    const labelled = firestore.collection('tenants/default/images').where('status', 'in', ['done', 'review']);
    await until('labels', async () => (await labelled.count().get()).data().count === IMAGES, 240_000);
    await fill(stack, firestore);
    const url = await stack.address('page');
    for (const { file, screen, width, colorScheme } of shots) {
      const page = await browser.newPage({ viewport: { width, height: 860 }, colorScheme, locale: 'en-GB' });
      await page.goto(`${url}/#${screen}`);
      await page.selectOption('.user select', user);
      const content = page.locator('.tile, .question img, table, .alerts, .version, .try, .outfit').first();
      await until('the content', () => content.isVisible(), 120_000);
      await page.evaluate(
        'Promise.all([...document.images].filter((it) => it.y < innerHeight).map((it) => it.decode().catch(() => {})))',
      );
      await page.waitForTimeout(1_000);
      await page.screenshot({ path: file });
      await page.close();
      console.log(file);
    }
  } finally {
    await stack.interrupt();
    await firestore.terminate();
  }
}

/** A report, an alert, a sweep, a trial, and some images to review. */
async function fill({ address, folder }: RunningStack, firestore: Firestore): Promise<void> {
  const tenant = firestore.doc('tenants/default');
  const { day, report } = madeUpReport(Date.now() - 86_400_000);
  await tenant.collection('reports').doc(day).set({ day, report });
  await tenant
    .collection('alerts')
    .doc('many-low-confidence')
    .set({ ...report.findings[0], phase: 'firing', since: Date.now() - 3_600_000 });
  // The drawings are easy: without this, nothing is to review.
  const { docs } = await tenant.collection('images').where('status', '==', 'done').limit(12).get();
  for (const { ref } of docs)
    await ref.update({ status: 'review', reason: 'low-confidence', tier: 'MANUAL_REVIEW' });
  const api = await address('API');
  await fetch(`${api}/v1/sweeps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  await showTrial(docs, folder, new HangtagClient({ url: api }));
}

/** A second version is on trial, and people judged some of the images that both versions labelled. */
async function showTrial(
  docs: readonly QueryDocumentSnapshot[],
  folder: string,
  client: HangtagClient,
): Promise<void> {
  const source = fromRoot('models/fashion-mobilenetv2');
  const { id, version } = JSON.parse(await readFile(join(source, 'manifest.json'), 'utf8'));
  const pin = await new FolderModelStore(join(folder, '.hangtag/models')).put(source);
  await client.startTrial(`${id}@${version}`, 0.5);
  for (const [index, image] of docs.entries()) {
    const { category, generation } = image.data();
    const flipped = index % 5 === 0 ? 'Heels' : category;
    const shadow = {
      model: { ...pin, sha256: pin.digest },
      category: flipped,
      confidence: 0.9,
      inferMs: 4.2,
    };
    const correction = { category, by: 'reviewer', at: new Date(), generation };
    await image.ref.update({ shadow, ...(index % 2 === 0 && { correction, status: 'done', reason: null }) });
  }
}
