import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

interface Bundler {
  readonly UNUSED: readonly (readonly [path: RegExp, contents: string])[];
  bundleModules(
    entryPoints: Readonly<Record<string, string>>,
    outdir: string,
  ): Promise<{ readonly inputs: Readonly<Record<string, { readonly bytes: number }>> }>;
}

describe('the bundle of the functions', function () {
  this.timeout(120_000);
  const folder = fromRoot(`test/dist/bundle-${process.pid}`);

  after(() => rm(folder, { recursive: true, force: true }));

  it('has nothing of the parts of packages that are not used', async () => {
    const { bundleModules, UNUSED }: Bundler = await import(fromRoot('functions/bundle-modules.mjs'));

    const { inputs } = await bundleModules({ declarations: fromRoot('functions/dist/index.js') }, folder);

    for (const [path, contents] of UNUSED) {
      const bytes = Object.entries(inputs).flatMap(([file, input]) => (path.test(file) ? [input.bytes] : []));
      expect(bytes, `the files of ${path}`).not.to.be.empty;
      for (const each of bytes) expect(each, `bytes of ${path}`).to.equal(contents.length);
    }
  });
});
