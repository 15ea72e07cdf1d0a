import { readFileSync } from 'node:fs';
import { expect } from 'chai';

const IMPORT = /^(?:import|export) (?:[^'"]*? from )?['"]([^'"]+)['"]/gm;

describe('the programs of worker processes', () => {
  for (const entry of ['entry', 'thumbnail-entry']) {
    it(`${entry} loads no library for schemas or colours: it would start later, with a larger heap`, () => {
      const program = new URL(import.meta.resolve(`@hangtag/shared/inference/isolation/${entry}.js`));

      const libraries = librariesOf(program);

      expect(libraries).to.include('sharp');
      expect(libraries).not.to.include('zod');
      expect(libraries).not.to.include('culori/fn');
    });
  }

  it('control: the palette of a picture needs the library for colours', () => {
    const palette = new URL(import.meta.resolve('@hangtag/shared/palette/palette.js'));

    expect(librariesOf(palette)).to.include('culori/fn');
  });
});

/** The packages that a compiled module imports when it is loaded, by itself or by its own modules. */
function librariesOf(entry: URL): ReadonlySet<string> {
  const libraries = new Set<string>();
  const modules = new Map([[entry.href, entry]]);
  // A map that grows is walked to its end.
  for (const module of modules.values()) {
    for (const [, specifier = ''] of readFileSync(module, 'utf8').matchAll(IMPORT)) {
      if (!specifier.startsWith('.')) libraries.add(specifier);
      else {
        const imported = new URL(specifier, module);
        modules.set(imported.href, imported);
      }
    }
  }
  return libraries;
}
