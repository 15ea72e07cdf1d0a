/** Many files that are dropped on the page at once, in a real browser. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { flat } from '../fixtures/pictures.js';
import { describePage, drop, openWall } from '../support/page-stack.js';
import { until } from '../support/until.js';
import { writePictures } from '../support/write-pictures.js';

/** For a machine that is busy. */
const LIMIT_MS = 600_000;

describePage('the page, if many files are dropped', ({ stack, firestore, open }) => {
  it('uploads the 300 files of a folder with their paths, and all get a label', async function () {
    this.timeout(2 * LIMIT_MS);
    const folder = join(stack().folder, 'returns');
    await mkdir(folder);
    for (const inner of ['shoes', 'shirts', 'bags']) await writePictures(join(folder, inner), 100, 'drop');
    const page = await openWall(open);
    await drop(page, folder);

    await page.locator('.uploads', { hasText: '300 of 300 uploaded' }).waitFor({ timeout: LIMIT_MS });

    const images = firestore().collection('tenants/default/images');
    const { docs } = await until(
      'a label of each',
      async () => {
        const labelled = await images.where('status', '==', 'done').select('name').get();
        return labelled.size === 300 && labelled;
      },
      LIMIT_MS,
    );
    const paths = docs.map((each) => each.get('name').split('/').slice(-3).join('/'));
    expect(new Set(paths).size).to.equal(300);
    expect(paths).to.include.members(
      ['shoes', 'shirts', 'bags'].map((inner) => `returns/${inner}/drop-99.jpg`),
    );
  });

  it('uploads 2,000 files that are dropped at once but for an empty one, and is of use meanwhile', async function () {
    this.timeout(2 * LIMIT_MS);
    // Only the uploads are of interest: one label, not 1,999.
    await firestore()
      .doc('tenants/acme')
      .set({ quota: { imagesPerDay: 1 } });
    const picture = await flat('#d03020', { width: 8, height: 8 }).jpeg().toBuffer();
    const paths = Array.from({ length: 2_000 }, (_, index) => join(stack().folder, `crowd-${index}.jpg`));
    for (const [index, path] of paths.entries()) await writeFile(path, index === 1_000 ? '' : picture);
    const page = await open({ user: 'acme-reviewer' });
    page.setDefaultTimeout(LIMIT_MS);
    await page.getByText('No image yet.').waitFor();
    const uploads = page.locator('.uploads');
    await drop(page, ...paths);

    await uploads.getByText('of 2000 uploaded').waitFor();
    await page.getByLabel('Search names and labels').fill('no such picture');
    await page.getByText('No image matches the filter.').waitFor();
    await page.getByRole('link', { name: 'Reports' }).click();
    await page.getByText('No report yet.').waitFor();
    const uploaded = Number.parseInt(await uploads.innerText(), 10);
    await uploads.getByText('1999 of 2000 uploaded').waitFor();

    expect(uploaded, 'uploaded before the page answered').to.be.below(1_999);
    expect(await page.locator('.failure').allInnerTexts()).to.deep.equal([
      'crowd-1000.jpg was not uploaded. The file is empty.',
    ]);
    const images = firestore().collection('tenants/acme/images');
    const recorded = async () => (await images.count().get()).data().count;
    await until('a record of each', async () => (await recorded()) === 1_999, LIMIT_MS);
  });
});
