/**
 * Removes from node_modules what this platform never loads: native code of others, TensorFlow.js's builds for browsers, source
 * maps, declarations and documents. Licences stay.
 *
 *     node remove-unused.mjs node_modules
 */
import { globSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { arch, argv, chdir, platform } from 'node:process';

chdir(argv[2]);
remove('onnxruntime-node/bin/*/*/*', (path) => !path.endsWith(`/${platform}/${arch}`));
remove('@tensorflow/*/dist/*', (path) => isUnusedBuild(path));
remove('**/*.{map,md,markdown,flow,d.ts,d.mts,d.cts}', (path) => statSync(path).isFile());

/** Node loads the file that ends with `.node.js`, and the files of WebAssembly. */
function isUnusedBuild(path) {
  return !path.endsWith('.node.js') && !/\.wasm$|wasm-out$/.test(path);
}

function remove(pattern, condition) {
  for (const path of globSync(pattern)) {
    if (condition(path) && !/^licen[cs]e/i.test(basename(path)) && dirname(path) !== '.')
      rmSync(path, { recursive: true });
  }
}
