/** The functions in the form in which they are deployed: a bundle of few files, which a process loads faster. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FUNCTIONS = new URL('../../../functions/', import.meta.url);
export const ENTRY = new URL('build/index.js', FUNCTIONS);

/** Makes the bundle if the compiled code or a package is newer. @throws Error if the bundler fails */
export async function bundleFunctions(): Promise<void> {
  const program = fileURLToPath(new URL('bundle.mjs', FUNCTIONS));
  const bundler = spawn(process.execPath, [program, '--if-changed'], { stdio: ['ignore', 'ignore', 2] });
  const [code] = await once(bundler, 'exit');
  if (code !== 0) throw new Error('The functions could not be bundled; the reason is printed above');
}
