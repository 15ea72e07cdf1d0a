/** The sample apps, used as their READMEs say, on the local stack. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CATEGORIES } from '@hangtag/drawings/draw-product.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { openOrSkip } from '../support/chromium.js';
import { drawing, serveExample, signIn, uploadAndWait } from '../support/example-page.js';
import { describeWithEmulators } from '../support/google-emulators.js';
import { type RunningStack, startStackProcess } from '../support/running-stack.js';

const NODE_EXAMPLE = fromRoot('examples/node/label.mjs');

await describeWithEmulators('the sample apps', (_emulators) => {
  let stack: RunningStack;

  before(async function () {
    this.timeout(240_000);
    stack = await startStackProcess(['--count', '0']);
  });
  after(async () => {
    await stack?.interrupt();
  });

  it('examples/firebase-web signs in, uploads, shows labels and the code of a refused upload', async function () {
    this.timeout(180_000);
    const browser = await openOrSkip(this);
    const app = await serveExample({
      VITE_STORAGE: new URL(stack.env['STORAGE_EMULATOR_HOST'] ?? '').host,
      VITE_FIRESTORE: stack.env['FIRESTORE_EMULATOR_HOST'] ?? '',
      VITE_BUCKET: stack.bucket,
    });
    try {
      const page = await browser.newPage();
      await signIn(page, app.url);
      const [name, status, category] = await uploadAndWait(page, await drawing());
      await page
        .locator('#files')
        .setInputFiles({ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<p>') });
      await page.getByText('page.html: storage/unauthorized').waitFor();

      expect(name).to.equal('drawing.jpg');
      expect(status).to.be.oneOf(['done', 'review']);
      expect(CATEGORIES).to.include(category);
      expect(await page.locator('progress').count(), 'finished uploads are not shown').to.equal(0);
    } finally {
      await browser.close();
      await app.close();
    }
  });

  it('examples/node uploads an image and prints its label', async () => {
    const path = join(stack.folder, 'photo.jpg');
    await writeFile(path, (await drawing()).buffer);

    const env = { ...process.env, ...stack.env };
    const { stdout } = await promisify(execFile)(process.execPath, [NODE_EXAMPLE, path], { env });

    const label = JSON.parse(stdout);
    expect(label).to.include.keys('name', 'confidence', 'tier');
    expect(CATEGORIES).to.include(label.category);
  });
});
