import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium } from '../support/chromium.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

/** A GIF of one pixel. */
const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
const SCRIPT = `<script>fetch('/upload/storage/v1/b/inbox/o?uploadType=media&name=from-stored-html', {method: 'POST', body: 'x'})</script>`;

describeInChromium('the bucket server and the pages of a browser', (open) => {
  let browser: Browser;
  let page: Page;
  let fixture: BucketFixture;
  let pages: Server;

  before(async () => {
    fixture = await startBucketFixture();
    pages = createServer((request, response) => {
      const action = new URL(request.url ?? '/', 'http://localhost').searchParams.get('action');
      const form = `<form method="post" enctype="text/plain" action="${action?.replaceAll('&', '&amp;')}"><button>`;
      response.writeHead(200, { 'content-type': 'text/html' }).end(form);
    }).listen(0, '127.0.0.1');
    await once(pages, 'listening');
    browser = await open();
  });
  beforeEach(async () => {
    await fixture.bucket.deleteFiles();
    await fixture.bucket.file('kept').save('kept', { resumable: false });
    page = await browser.newPage();
  });
  afterEach(() => page.close());
  after(async () => {
    await browser.close();
    pages.closeAllConnections();
    await new Promise((closed) => pages.close(closed));
    await stopBucketFixture(fixture);
  });

  const pagesPort = () => (pages.address() as AddressInfo).port;
  const names = async () => (await fixture.bucket.getFiles())[0].map(({ name }) => name);
  const uploadUrl = (name: string) =>
    `${fixture.server.url}/upload/storage/v1/b/inbox/o?uploadType=media&name=${name}`;

  /** Opens a page with a form and submits it. @returns the text of the answer */
  async function postForm(host: string, action: string): Promise<string> {
    await page.goto(`http://${host}:${pagesPort()}/?action=${encodeURIComponent(action)}`);
    await page.click('button');
    await page.waitForURL(action);
    return page.innerText('body');
  }

  /** Sends a request without CORS, as any page may, and waits until it has ended. */
  async function fetchWithoutCors(url: string, method: string): Promise<string> {
    return page.evaluate(
      ([to, verb]) =>
        fetch(to ?? '', { method: verb ?? '', mode: 'no-cors', body: 'x' }).then(
          () => 'sent',
          () => 'failed',
        ),
      [url, method],
    );
  }

  it('refuse a form and a script of a foreign page', async () => {
    await page.goto(`http://evil.example:${pagesPort()}/`);

    const script = await fetchWithoutCors(uploadUrl('from-script'), 'POST');
    const answer = await postForm('evil.example', uploadUrl('from-form'));

    expect(script, 'the browser sends it').to.equal('sent');
    expect(answer).to.match(/^Expected a local page but received http:\/\/evil\.example/);
    expect(await names()).to.deep.equal(['kept']);
  });

  it('refuse a page whose own domain name resolves to this machine', async () => {
    const response = await page.goto(`http://rebound.example:${fixture.server.port}/b/inbox/o`);

    expect(response?.status()).to.equal(403);
    expect(await page.innerText('body')).to.match(/^Expected a loopback name for Host but received rebound/);
  });

  it('accept a form and a script of a local page', async () => {
    await page.goto(`http://localhost:${pagesPort()}/`);

    const script = await fetchWithoutCors(uploadUrl('from-script'), 'POST');
    await postForm('localhost', uploadUrl('from-form'));

    expect(script).to.equal('sent');
    expect(await names()).to.deep.equal(['from-form', 'from-script', 'kept']);
  });

  it('show stored HTML without running its scripts', async () => {
    const metadata = { contentType: 'text/html' };
    await fixture.bucket.file('page.html').save(`<h1>stored</h1>${SCRIPT}`, { resumable: false, metadata });
    const violation = page.waitForEvent('console', (message) => message.text().includes('Blocked script'));

    await page.goto(`${fixture.server.url}/inbox/page.html`);

    expect(await page.innerText('h1')).to.equal('stored');
    await violation;
    expect(await names()).to.deep.equal(['kept', 'page.html']);
  });

  it('show a stored page with the styles and the pictures inside it, as a report has them, load no other, and download a file that is linked', async () => {
    const metadata = { contentType: 'text/html' };
    const content = `<style>h1 { color: rgb(1, 2, 3) }</style><h1>report</h1><a href="images.csv">CSV</a>
      <img id="inside" src="${PIXEL}"><img id="outside" src="/inbox/pixel.gif">`;
    const pixel = Buffer.from(PIXEL.slice(PIXEL.indexOf(',') + 1), 'base64');
    await fixture.bucket.file('report.html').save(content, { resumable: false, metadata });
    await fixture.bucket.file('pixel.gif').save(pixel, { resumable: false });
    const csv = { contentType: 'text/csv' };
    await fixture.bucket.file('images.csv').save('a,b', { resumable: false, metadata: csv });

    await page.goto(`${fixture.server.url}/inbox/report.html`);

    const shown = await page.evaluate(`({
      colour: getComputedStyle(document.querySelector('h1')).color,
      inside: document.getElementById('inside').naturalWidth,
      outside: document.getElementById('outside').naturalWidth,
    })`);
    const downloading = page.waitForEvent('download');
    await page.click('a');
    const download = await downloading;
    expect(await download.failure()).to.equal(null);
    expect(shown).to.deep.equal({ colour: 'rgb(1, 2, 3)', inside: 1, outside: 0 });
  });
});
