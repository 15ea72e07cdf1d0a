import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** Stands for the bundler: the program is newer than its inputs. */
const BUNDLED = 'export const changedAt = async () => 1;\nexport const bundleModules = undefined;\n';

describe('npm run api', () => {
  const directory = temporaryDirectory();

  it('runs in a folder whose name has characters with a meaning in addresses', () => {
    const folder = join(directory, 'shop #1, 100%');
    const files = { 'functions/bundle-modules.mjs': BUNDLED, 'tools/build/api.js': "console.log('ran');" };
    for (const [path, text] of Object.entries({ 'package.json': '{"type": "module"}', ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    cpSync(fromRoot('tools/api.mjs'), join(folder, 'tools/api.mjs'));

    const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'tools/api.mjs')], {
      encoding: 'utf8',
    });

    expect(stdout, stderr).to.equal('ran\n');
  });
});
