/** The functions in the form in which they are deployed: a bundle of few files, which a process loads faster. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FUNCTIONS = new URL('../../../functions/', import.meta.url);
export const ENTRY = new URL('build/index.js', FUNCTIONS);

/**
 * Makes the bundle if the compiled code or a package is newer.
 *
 * @param modelDir a model that the bundle holds beside the shipped one, for firebase-tools. The local stack reads models where they are, so
 *     stacks with different models run from one bundle at the same time.
 * @throws Error if the bundler fails
 */
export async function bundleFunctions(modelDir?: string): Promise<void> {
  const program = fileURLToPath(new URL('bundle.mjs', FUNCTIONS));
  const bundler = spawn(process.execPath, [program, '--if-changed'], {
    stdio: ['ignore', 'ignore', 2],
    env: { ...process.env, HANGTAG_MODEL_DIR: modelDir ?? '' },
  });
  const [code] = await once(bundler, 'exit');
  if (code !== 0) throw new Error('The functions could not be bundled; the reason is printed above');
}
