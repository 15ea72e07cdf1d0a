/** Two reviewers at the same time: each has images of its own. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { describePage } from '../support/page-stack.js';
import { until } from '../support/until.js';

const REVIEWER = 'reviewer';
const SECOND = 'second-reviewer';

describePage('the page of two reviewers', ({ firestore, open }) => {
  const tenant = () => firestore().doc('tenants/default');
  const images = () => tenant().collection('images');
  const add = (id: string, confidence: number) =>
    images()
      .doc(id)
      .set({
        name: `${id}.jpg`,
        generation: '1',
        status: 'review',
        reason: 'low-confidence',
        category: 'red',
        confidence,
        labels: [{ label: 'red', score: confidence }],
        uploadedAt: new Date(),
      });

  const review = (user: string, claimSeconds: number) =>
    open({ hash: '#review', user, settings: { claimSeconds } });
  const shown = (page: Page) => page.locator('figcaption').innerText();
  const answerAll = async (page: Page, count: number): Promise<readonly string[]> => {
    const names: string[] = [];
    for (let index = 0; index < count; index += 1) {
      names.push((await shown(page)).split('\n')[0] ?? '');
      await page.keyboard.press('Enter');
      await page
        .locator('figcaption', { hasNotText: names.at(-1) ?? '' })
        .or(page.locator('.notice'))
        .waitFor();
    }
    return names;
  };

  it('never get the same image, also if both are the same user', async function () {
    this.timeout(60_000);
    for (let index = 0; index < 20; index += 1) await add(`image-${index}`, 0.1 + index / 100);
    const pages = await Promise.all([review(REVIEWER, 300), review(SECOND, 300), review(REVIEWER, 300)]);
    await Promise.all(pages.map((page) => page.locator('figcaption, .notice:not(:empty)').first().waitFor()));

    const [first = [], second = [], third = []] = await Promise.all(pages.map((page) => answerAll(page, 3)));

    expect(new Set([...first, ...second, ...third])).to.have.length(9);
  });

  it('see the least certain of all images first, or the oldest, if more wait than the page reads', async function () {
    this.timeout(120_000);
    const batch = firestore().batch();
    const record = { generation: '1', status: 'review', reason: 'low-confidence', category: 'red' };
    const uploadedAt = Date.now();
    for (let index = 0; index < 250; index += 1) {
      const id = `image-${index}`;
      const times = { confidence: 0.5, uploadedAt: new Date(uploadedAt - index) };
      batch.set(images().doc(id), { ...record, name: id, ...times });
    }
    // They come after the others by id.
    const oldest = { confidence: 0.6, uploadedAt: new Date(0) };
    batch.set(images().doc('z-unsure'), {
      ...record,
      name: 'z-unsure',
      confidence: 0.1,
      uploadedAt: new Date(),
    });
    batch.set(images().doc('z-oldest'), { ...record, name: 'z-oldest', ...oldest });
    await batch.commit();

    const page = await review(REVIEWER, 300);
    await page.locator('figcaption', { hasText: 'z-unsure' }).waitFor();
    expect(await page.locator('.count').innerText()).to.include('200+ to review');
    await page.getByRole('link', { name: 'Oldest first' }).click();

    await page.locator('figcaption', { hasText: 'z-oldest' }).waitFor();
  });

  it('get the images of a page that was closed, when its claims have expired', async function () {
    this.timeout(60_000);
    await add('wanted', 0.2);
    const closed = await review(REVIEWER, 3);
    await closed.locator('figcaption', { hasText: 'wanted.jpg' }).waitFor();
    const other = await review(SECOND, 3);
    await other.getByText('What they leave is free again after 3 seconds.').waitFor();

    // Without a connection it can neither give the claim back nor renew it, like a laptop that is closed.
    await closed.context().setOffline(true);
    await other.locator('figcaption', { hasText: 'wanted.jpg' }).waitFor();

    await closed.getByText('Others are reviewing the rest.').waitFor();
  });

  it('lose no answer that was given without a connection: the next page sends it', async function () {
    this.timeout(60_000);
    await add('offline', 0.2);
    const page = await review(REVIEWER, 300);
    await page.locator('figcaption', { hasText: 'offline.jpg' }).waitFor();
    await page.context().setOffline(true);
    await page.keyboard.press('Enter');
    await page.getByText('Nothing to review.').waitFor();
    await page.evaluate('location.hash = "wall"');
    await until('the answer in the storage', () =>
      page.evaluate<boolean>("localStorage.getItem('hangtag/outbox/default/reviewer') !== null"),
    );
    const next = await page.context().newPage();
    await page.close();
    expect((await images().doc('offline').get()).get('status')).to.equal('review');

    await page.context().setOffline(false);
    await next.goto(page.url());

    await until('the correction', async () => (await images().doc('offline').get()).get('status') === 'done');
    expect((await images().doc('offline').get()).get('correction.by')).to.equal('reviewer');
  });

  it('answer both where two people have to agree, without the answer of the other; a third person decides where they differ', async function () {
    this.timeout(240_000);
    await tenant().set({ review: { doubleEvery: 1 } });
    await add('agreed', 0.2);
    await add('disputed', 0.3);
    const correctionOf = async (id: string) => (await images().doc(id).get()).get('correction');
    const answer = async (page: Page, name: string, key: string) => {
      await page.locator('figcaption', { hasText: name }).waitFor();
      await page.keyboard.press(key);
    };
    const givenBy = async (user: string) =>
      (await tenant().collection('answers').where('by', '==', user).get()).size;

    const first = await review(REVIEWER, 300);
    await answer(first, 'agreed.jpg', 'Enter');
    await answer(first, 'disputed.jpg', 'Enter');
    await first.getByText('Nothing to review.').waitFor();
    await until('the first answers', async () => (await givenBy(REVIEWER)) === 2, 30_000);
    expect([await correctionOf('agreed'), await correctionOf('disputed')]).to.deep.equal([
      undefined,
      undefined,
    ]);
    await first.reload();
    await first.getByText('Nothing to review.').waitFor();

    const second = await review(SECOND, 300);
    await answer(second, 'agreed.jpg', 'Enter');
    await answer(second, 'disputed.jpg', '2');
    await second.getByText('Nothing to review.').waitFor();
    await until('the agreement', async () => (await correctionOf('agreed'))?.by === SECOND, 30_000);
    await until('the second answers', async () => (await givenBy(SECOND)) === 2, 30_000);

    const third = await review('admin', 300);
    await answer(third, 'disputed.jpg', '2');
    await third.evaluate('location.hash = "health"');
    await third.getByRole('row', { name: `${SECOND} 0 2 50 %` }).waitFor();
    await until('the decision', async () => (await correctionOf('disputed'))?.by === 'admin', 30_000);
  });

  it('go on when an image is deleted while one looks at it, or after it was answered', async function () {
    this.timeout(60_000);
    for (const [index, id] of ['looked-at', 'answered', 'last'].entries()) await add(id, 0.1 + index / 10);
    const page = await review(REVIEWER, 300);
    await page.locator('figcaption', { hasText: 'looked-at.jpg' }).waitFor();

    await images().doc('looked-at').delete();
    await page.locator('figcaption', { hasText: 'answered.jpg' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('figcaption', { hasText: 'last.jpg' }).waitFor();
    await images().doc('answered').delete();
    await page.getByText('1 to review').waitFor();

    await page.getByText('It was not saved. ').waitFor();
    expect(await page.locator('figcaption').innerText()).to.include('last.jpg');
  });

  it('see a record with hardly a field and labels that the model does not have, and can skip what cannot be answered', async function () {
    this.timeout(60_000);
    const problems: string[] = [];
    await images().doc('bare').set({ status: 'review', confidence: null });
    await images()
      .doc('unheard')
      .set({
        ...{ name: 'unheard.jpg', generation: '1', status: 'review', confidence: 0.5, category: ['x'] },
        labels: [{ label: 'unheard-of', score: 0.5 }, 'red', { label: 7 }],
      });
    const page = await review(REVIEWER, 300);
    page.on('pageerror', (error) => problems.push(error.message));
    await page.locator('figcaption', { hasText: 'bare' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('figcaption', { hasText: 'unheard.jpg' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('It was not saved. The image was changed or deleted').waitFor();

    const answered = () => images().doc('unheard').get();
    await until(
      'the answer',
      async () => (await answered()).get('correction.category') === 'unheard-of',
      20_000,
    );
    await page.locator('figcaption', { hasText: 'bare' }).waitFor();
    expect(problems).to.deep.equal([]);
  });

  it('see a correction of the other at once', async function () {
    this.timeout(60_000);
    await add('one', 0.2);
    const [reviewer, second] = await Promise.all([review(REVIEWER, 300), open({ user: SECOND })]);
    await reviewer.locator('figcaption', { hasText: 'one.jpg' }).waitFor();
    await second.locator('nav b', { hasText: '1' }).waitFor();

    await reviewer.keyboard.press('Enter');
    await reviewer.goto(`${reviewer.url().split('#')[0]}#wall`);

    await second.locator('.tile.done', { hasText: 'corrected' }).waitFor();
  });
});
