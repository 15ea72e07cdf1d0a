/** The functions as they are deployed: in few files, which a process loads sooner. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FUNCTIONS = new URL('../../../functions/', import.meta.url);
/** What runs. */
export const ENTRY = new URL('build/index.js', FUNCTIONS);

/** Makes the bundle where it is older than what was compiled or installed. @throws Error if that fails */
export async function bundleFunctions(): Promise<void> {
  const program = fileURLToPath(new URL('bundle.mjs', FUNCTIONS));
  const bundler = spawn(process.execPath, [program, '--if-changed'], { stdio: ['ignore', 'ignore', 2] });
  const [code] = await once(bundler, 'exit');
  if (code !== 0) throw new Error('The functions could not be bundled; the reason stands above');
}
