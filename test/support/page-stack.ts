/** The page of `npm start` on Google's emulators, in a real browser: one stack for all tests of a file. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { type DocumentReference, Firestore } from '@google-cloud/firestore';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { describeInChromium } from './chromium.js';
import { type RunningStack, startStackProcess } from './running-stack.js';

export interface OpenOptions extends BrowserContextOptions {
  /** Such as `#review`. */
  readonly hash?: string;
  /** The uid of the test user that the page begins with. */
  readonly user?: string;
  /** Settings of the page that differ from those of its server. */
  readonly settings?: object;
}

/** The part of the page's settings that tests change. */
interface Settings {
  readonly users: readonly { readonly uid: string }[];
}

export interface PageStack {
  stack(): RunningStack;
  firestore(): Firestore;
  /** The page in a browser context of its own, which is closed after the test. */
  open(options?: OpenOptions): Promise<Page>;
}

/**
 * After each test, also one that failed, the documents of tenants are removed that its tests wrote; those of a `before` stay.
 * @param options of `npm start`
 */
export function describePage(
  title: string,
  define: (page: PageStack) => void,
  options: readonly string[] = [],
): void {
  describeInChromium(title, (launch) => {
    let stack: RunningStack;
    let browser: Browser;
    let firestore: Firestore;
    let url: string;
    let kept: ReadonlySet<string>;
    /** Uncaught errors of the pages of a test, and errors and warnings in their consoles. */
    const complaints: string[] = [];

    before(async function () {
      this.timeout(240_000);
      stack = await startStackProcess(['--count', '0', ...options], {
        HANGTAG_MODEL_DIR: COLOURS_MODEL,
        HANGTAG_THUMBNAILS: 'true',
      });
      url = await stack.address('page');
      browser = await launch();
      firestore = new Firestore({
        projectId: stack.env['GCLOUD_PROJECT'] ?? '',
        host: stack.env['FIRESTORE_EMULATOR_HOST'] ?? '',
        ssl: false,
      });
    });
    afterEach(async function () {
      this.timeout(240_000);
      const test = this.currentTest;
      if (test && !test.isPassed() && !test.isPending()) {
        console.error(`Failed: ${test.fullTitle()}`);
        await describePages(browser, complaints);
      }
      complaints.length = 0;
      for (const context of browser.contexts()) {
        // A request in progress ends with the page.
        await context.unrouteAll({ behavior: 'ignoreErrors' });
        await context.close();
      }
      await removeDocuments(firestore, kept);
    });
    after(async () => {
      await browser?.close();
      await firestore?.terminate();
      await stack?.interrupt();
    });

    async function open({ hash = '', user, settings, ...options }: OpenOptions = {}): Promise<Page> {
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      const served = (await (await fetch(`${url}/hangtag.json`)).json()) as Settings;
      const users = served.users.toSorted(({ uid }) => (uid === user ? -1 : 0));
      await context.route('**/hangtag.json', (route) =>
        route.fulfill({ json: { ...served, users, ...settings } }),
      );
      const page = await context.newPage();
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', ({ stack = '' }) => complaints.push(stack));
      await page.goto(`${url}/${hash}`);
      return page;
    }

    define({ stack: () => stack, firestore: () => firestore, open });

    before(async () => {
      kept = new Set((await documentsOf(firestore)).map(({ path }) => path));
    });
  });
}

/** What a test that failed has left on the screen. */
async function describePages(browser: Browser, complaints: readonly string[]): Promise<void> {
  for (const page of browser.contexts().flatMap((context) => context.pages()))
    console.error(`${page.url()} showed:\n${await page.locator('body').innerText()}`);
  console.error(`Errors and warnings of the pages:\n${complaints.join('\n')}`);
}

/** @param kept the paths of the documents that stay */
async function removeDocuments(firestore: Firestore, kept: ReadonlySet<string>): Promise<void> {
  let failure: unknown;
  for (let attempt = 0; attempt < 5; attempt++) {
    const written = (await documentsOf(firestore)).filter(({ path }) => !kept.has(path));
    // In one commit: after each one, the emulator reads all images again for each listener, also of pages that were closed.
    const removal = firestore.batch();
    for (const document of written) removal.delete(document);
    try {
      await removal.commit();
      return;
    } catch (error) {
      // While the listeners of a closed page end, the emulator once answered UNKNOWN.
      failure = error;
      await pause(500);
    }
  }
  throw failure;
}

/** Of all tenants. */
async function documentsOf(firestore: Firestore): Promise<readonly DocumentReference[]> {
  const tenants = await firestore.collection('tenants').listDocuments();
  const collections = await Promise.all(tenants.map((tenant) => tenant.listCollections()));
  const documents = await Promise.all(collections.flat().map((each) => each.listDocuments()));
  return [...tenants, ...documents.flat()];
}

/** The wall for the reviewer of `default`, once it has its test users and listens. */
export async function openWall(open: PageStack['open']): Promise<Page> {
  const page = await open();
  await page.getByRole('option', { name: 'reviewer (default)', exact: true }).waitFor({ state: 'attached' });
  await untilLive(page);
  return page;
}

/**
 * Until the listeners of the page receive changes. Firestore's emulator (1.19.9) loses one that is written while a listener begins: it
 * sends it after the next write to the same collection.
 */
export async function untilLive(page: Page): Promise<void> {
  await page.locator('.dot.live').waitFor();
}

/** Files and folders, as from a window of the operating system. */
export async function drop(page: Page, ...files: readonly string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  readonly passes: readonly unknown[];
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}

/** In light and dark colours. */
export async function expectNoFaultOfAxe(page: Page): Promise<void> {
  await page.evaluate(AXE);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations, passes } = await page.evaluate<AxeResults>('axe.run()');
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(' ')}`);
    expect(passes, `checks that apply, ${colorScheme}`).to.have.length.above(10);
    expect(found, colorScheme).to.deep.equal([]);
  }
}
