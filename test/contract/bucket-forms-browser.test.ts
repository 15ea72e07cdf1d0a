import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium } from '../support/chromium.js';
import { policyFor } from '../support/signed-forms.js';
import { serveWebPage, type WebPage } from '../support/web-page.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

describeInChromium('forms with a signed policy in a browser', (open) => {
  let browser: Browser;
  let page: Page;
  let web: WebPage;
  let fixture: BucketFixture;

  before(async function () {
    this.timeout(90_000);
    fixture = await startBucketFixture();
    web = await serveWebPage('window.ready = true;');
    browser = await open();
    page = await browser.newPage();
    await page.goto(web.url);
  });
  after(async () => {
    await browser.close();
    await web.close();
    await stopBucketFixture(fixture);
  });

  /** Sends the form from the page. @returns the status, or the name of the error that the page sees */
  const sendFrom = async (name: string) => {
    const policy = await policyFor(fixture.server.url, name, { fields: { success_action_status: '201' } });
    return page.evaluate(async ({ url, fields }) => {
      const body = new FormData();
      for (const [field, value] of Object.entries(fields)) body.append(field, String(value));
      body.append('file', new Blob(['x'], { type: 'image/jpeg' }), 'photo.jpg');
      return fetch(url, { method: 'POST', body }).then(
        async (response) => `${response.status} ${(await response.text()).includes('PostResponse')}`,
        (error: Error) => error.name,
      );
    }, policy);
  };

  it('are answered as the CORS configuration of the bucket says', async () => {
    const without = await sendFrom('forms/page-1.jpg');
    await fixture.bucket.setCorsConfiguration([
      {
        origin: [new URL(web.url).origin],
        method: ['POST'],
        responseHeader: ['Location'],
        maxAgeSeconds: 60,
      },
    ]);
    const configured = await sendFrom('forms/page-2.jpg');

    expect([without, configured]).to.deep.equal(['TypeError', '201 true']);
    expect((await fixture.bucket.file('forms/page-2.jpg').exists())[0]).to.equal(true);
  });
});
