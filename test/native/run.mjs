/** `npm run test:tfjs-node`: the tests on the native TensorFlow. Where its library cannot be had, they are skipped with the reason. */
import { unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provideTfjsNode } from './provide-tfjs-node.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const provided = provideTfjsNode(root);
if ('missing' in provided) console.log(`SKIPPED the tests on native TensorFlow. ${provided.missing}`);
else {
  const { found, link } = provided;
  console.log(`Testing with ${found}, Node.js ${process.versions.node}`);
  if (link !== undefined) process.on('exit', () => unlinkSync(link));
  const files = ['native/tfjs-node.native', 'unit/inference/parity.test', 'unit/inference/load-model.test'];
  // The package leaves a global behind.
  process.argv = [
    ...process.argv.slice(0, 2),
    '--global',
    'proto',
    ...files.map((file) => `${root}/test/dist/${file}.js`),
  ];
  await import('mocha/bin/mocha.js');
}
