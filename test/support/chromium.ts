/** A real browser for tests: the Chromium of the system. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { skip } from './skip.js';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const chromiumProgram = process.env['CHROMIUM_PATH'] ?? PROGRAMS.find((path) => existsSync(path));

/** Tests that need a browser. Without one, a warning says that they are skipped. */
export function describeInChromium(
  title: string,
  define: (this: Mocha.Suite, open: () => Promise<Browser>) => void,
): void {
  if (chromiumProgram !== undefined)
    describe(title, function () {
      define.call(this, openChromium);
    });
  else console.warn(`SKIPPED ${title}. Expected Chromium but found none: install it or set CHROMIUM_PATH`);
}

/** For a single test that needs a browser. */
export function openOrSkip(context: Mocha.Context): Promise<Browser> {
  if (chromiumProgram === undefined)
    skip(context, 'Expected Chromium but found none: install it or set CHROMIUM_PATH');
  return openChromium();
}

/** All host names under `example` are mapped to this machine, so that a page can come from a foreign site. */
function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumProgram ?? '',
    args: [
      '--host-resolver-rules=MAP *.example 127.0.0.1',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
