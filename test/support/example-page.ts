/** The sample app of examples/firebase-web, built and served by Vite as its README says, and driven in a browser. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sampleImages } from '@hangtag/drawings/sample-images.js';
import type { Page } from 'playwright-core';
import { fromRoot } from '../fixtures/paths.js';
import { until } from './until.js';

const APP = fromRoot('examples/firebase-web');
const VITE = fromRoot('node_modules/vite/bin/vite.js');
const START_LIMIT_MS = 180_000;

export interface ServedApp {
  readonly url: string;
  close(): Promise<void>;
}

/** @param variables those of the app's .env, for this stack */
export async function serveExample(variables: Readonly<Record<string, string>>): Promise<ServedApp> {
  const folder = await mkdtemp(join(tmpdir(), 'hangtag-example-'));
  // Vite would colour the address that is read below if CI is set.
  const options = { cwd: APP, env: { ...process.env, ...variables, NO_COLOR: '1' } };
  await promisify(execFile)(process.execPath, [VITE, 'build', '--outDir', folder, '--emptyOutDir'], options);
  const args = ['preview', '--outDir', folder, '--host', '127.0.0.1', '--port', '0'];
  const server = spawn(process.execPath, [VITE, ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  let output = '';
  server.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
  const url = await until('the address of vite preview', address, START_LIMIT_MS);
  const close = async () => {
    server.kill();
    await exited;
    await rm(folder, { recursive: true });
  };
  return { url, close };
}

export async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#app').waitFor();
}

export interface PageFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** The first sample picture. */
export async function drawing(): Promise<PageFile> {
  for await (const { bytes, contentType } of sampleImages({ count: 1, seed: 1 }))
    return {
      name: `drawing.${contentType === 'image/jpeg' ? 'jpg' : 'img'}`,
      mimeType: contentType,
      buffer: bytes,
    };
  throw new Error('Expected a sample picture but received none');
}

/** @returns the cells of the table for this image, once it is labelled */
export async function uploadAndWait(page: Page, file: PageFile): Promise<readonly string[]> {
  await page.locator('#files').setInputFiles(file);
  const row = page.locator('#labels tr', { hasText: file.name }).filter({ hasText: /done|review/ });
  await row.waitFor({ timeout: 60_000 }).catch(async (cause: unknown) => {
    throw new Error(`Expected a label in the table but it is ${await page.locator('#labels').innerText()}`, {
      cause,
    });
  });
  return row.locator('td').allTextContents();
}
