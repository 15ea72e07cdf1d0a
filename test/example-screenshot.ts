/** Takes the picture of the sample app in its README, from a stack that it starts: `npm run screenshots:example`. */
import { sampleImages } from '@hangtag/drawings/sample-images.js';
import { chromium } from 'playwright-core';
import { fromRoot } from './fixtures/paths.js';
import { type PageFile, serveExample, signIn } from './support/example-page.js';
import { startStackProcess } from './support/running-stack.js';

const IMAGES = 6;
const LABELS_TIMEOUT_MS = 120_000;

const stack = await startStackProcess(['--count', '0']);
const app = await serveExample({
  VITE_STORAGE: new URL(stack.env['STORAGE_EMULATOR_HOST'] ?? '').host,
  VITE_FIRESTORE: stack.env['FIRESTORE_EMULATOR_HOST'] ?? '',
  VITE_BUCKET: stack.bucket,
});
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage({ viewport: { width: 800, height: 460 }, colorScheme: 'light' });
  await signIn(page, app.url);
  await page.locator('#files').setInputFiles(await drawings());
  const labelled = page.locator('#labels tr', { hasText: /done|review/ });
  await labelled.nth(IMAGES - 1).waitFor({ timeout: LABELS_TIMEOUT_MS });
  const path = fromRoot('docs/firebase-web.png');
  await page.screenshot({ path });
  console.log(path);
} finally {
  await browser.close();
  await app.close();
  await stack.interrupt();
}

async function drawings(): Promise<PageFile[]> {
  const files: PageFile[] = [];
  for await (const { bytes, contentType } of sampleImages({ count: IMAGES, seed: 7 }))
    files.push({ name: `drawing-${files.length + 1}.jpg`, mimeType: contentType, buffer: bytes });
  return files;
}
