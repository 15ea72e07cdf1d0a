/**
 * Lends Google's emulators to all processes of a test run. The first test that needs an emulator starts it; it serves the whole
 * run and is stopped after the last test. Mocha loads this file: see `require` in .mocharc.cjs.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeMissing } from '@hangtag/emulators/google/missing.js';
import { resolveEmulators } from '@hangtag/emulators/google/resolve.js';
import { ownSurroundings } from '@hangtag/emulators/google/surroundings.js';
import { EMULATORS_VARIABLE, type LentEmulator, type Product } from './shared-emulators.js';
import { type RunningEmulator, START } from './test-emulators.js';

export interface Lender {
  readonly url: string;
  /** Stops the emulators that were started. */
  stop(): Promise<void>;
}

export async function lendEmulators(): Promise<Lender> {
  const started = new Map<Product, Promise<RunningEmulator>>();
  const start = async (product: Product): Promise<LentEmulator> => {
    const search = await resolveEmulators(ownSurroundings());
    if (search.kind === 'missing') return { missing: describeMissing(search.missing) };
    const known = started.get(product) ?? START[product](search[product]);
    started.set(product, known);
    const { host, port, emulatorPort } = await known;
    return { host, port, emulatorPort };
  };
  const server = createServer((request, response) => {
    start(request.url?.slice(1) as Product).then(
      (lent) => response.end(JSON.stringify(lent)),
      (error) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      for (const each of await Promise.allSettled(started.values()))
        if (each.status === 'fulfilled') await each.value.stop();
    },
  };
}

let lender: Lender | undefined;

export async function mochaGlobalSetup(): Promise<void> {
  lender = await lendEmulators();
  process.env[EMULATORS_VARIABLE] = lender.url;
}

export async function mochaGlobalTeardown(): Promise<void> {
  await lender?.stop();
}
