/** Checks that the linter enforces the direction of imports: functions -> adapters -> ports -> domain. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const FORBIDDEN: readonly (readonly [folder: string, imports: string])[] = [
  ['shared/src/domain', 'zod'],
  ['shared/src/domain', 'node:fs'],
  ['shared/src/domain', '@google-cloud/firestore'],
  ['shared/src/domain', '../ports/clock.js'],
  ['shared/src/domain', '../adapters/memory/record-store.js'],
  ['shared/src/domain', '../config.js'],
  ['shared/src/ports', '@google-cloud/storage'],
  ['shared/src/ports', '../adapters/memory/record-store.js'],
  ['shared/src/ports', '../config.js'],
  ['shared/src/adapters/gcs', '@hangtag/functions/respond.js'],
  ['shared/src/adapters/gcs', '@hangtag/emulators/bucket/server.js'],
  ['shared/src/adapters/gcs', '../../imaging/limits.js'],
  ['shared/src/imaging', '../adapters/gcs/object-store.js'],
  ['shared/src/inference', '@hangtag/functions/respond.js'],
  ['functions/src/ingest', '@hangtag/shared/adapters/memory/publisher.js'],
  ['functions/src/classify', '@google-cloud/pubsub'],
  ['functions/src/dead-letter', 'firebase-functions/v2/pubsub'],
  ['functions/src/sweep', '@hangtag/shared/adapters/firestore/record-store.js'],
  ['functions/src/report', '@hangtag/emulators/bucket/server.js'],
  ['wardrobe/src/engine', 'kysely'],
  ['wardrobe/src/engine', '../data/database.js'],
  ['wardrobe/src/data', '@hangtag/functions/respond.js'],
];

const ALLOWED: readonly (readonly [folder: string, imports: string])[] = [
  ['shared/src/domain', 'node:crypto'],
  ['shared/src/domain', './record.js'],
  ['shared/src/domain', '../errors.js'],
  ['shared/src/ports', '../domain/record.js'],
  ['shared/src/ports', '../errors.js'],
  ['shared/src/adapters/gcs', '@google-cloud/storage'],
  ['shared/src/adapters/gcs', '../../ports/object-store.js'],
  ['shared/src/imaging', 'sharp'],
  ['functions/src/ingest', '@hangtag/shared/ports/publisher.js'],
  ['functions/src/ingest', 'zod'],
  ['functions/src', '@google-cloud/pubsub'],
  ['wardrobe/src/engine', '@hangtag/shared/domain/report/day-window.js'],
  ['wardrobe/src/data', 'kysely'],
];

/** Lints files with the rules of this repository. @returns one line for each finding */
function findings(files: Readonly<Record<string, string>>): readonly string[] {
  const root = temporaryDirectory();
  const biome = fromRoot('node_modules/@biomejs/biome/bin/biome');
  try {
    const { vcs, ...rules } = JSON.parse(readFileSync(fromRoot('biome.json'), 'utf8'));
    writeFileSync(join(root, 'biome.json'), JSON.stringify(rules));
    for (const [file, source] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), source);
    }
    const args = [biome, 'lint', '--max-diagnostics=none', '--reporter=github'];
    return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' }).stdout.split('\n');
  } finally {
  }
}

/** Lints one file for each import. @returns whether each import is an error */
function forbidden(uses: readonly (readonly [string, string])[]): readonly boolean[] {
  const files = uses.map(([folder], index) => join(folder, `use-${index}.ts`));
  const sources = uses.map(([, imports], index) => [files[index], `export { x } from '${imports}';\n`]);
  const found = findings(Object.fromEntries(sources)).filter((line) => line.includes('noRestrictedImports'));
  return files.map((file) => found.some((line) => line.includes(`${file},`)));
}

describe('The direction of imports', () => {
  const uses = [...FORBIDDEN, ...ALLOWED];
  let isForbidden: readonly boolean[];
  before(() => {
    isForbidden = forbidden(uses);
  });

  for (const [index, [folder, imports]] of uses.entries()) {
    const isViolation = index < FORBIDDEN.length;
    it(`${isViolation ? 'forbids' : 'allows'} ${folder} to import ${imports}`, () => {
      expect(isForbidden[index]).to.equal(isViolation);
    });
  }
});

describe('Import cycles', () => {
  it('are forbidden, also between types', () => {
    const found = findings({
      'shared/src/a.ts': "import type { B } from './b.js';\nexport type A = B | 1;\n",
      'shared/src/b.ts': "import type { A } from './a.js';\nexport type B = A | 2;\n",
      'shared/src/c.ts': "import type { A } from './a.js';\nexport type C = A;\n",
    });

    const cycles = found.filter((line) => line.includes('noImportCycles'));
    expect(['a', 'b', 'c'].filter((file) => cycles.join().includes(`shared/src/${file}.ts,`))).to.deep.equal([
      'a',
      'b',
    ]);
  });
});
