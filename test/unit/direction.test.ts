/** Checks that the linter enforces the direction of imports: functions -> adapters -> ports -> domain. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

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
];

/** Lints one file for each import, with the rules of this repository. @returns whether each import is an error */
function forbidden(uses: readonly (readonly [string, string])[]): readonly boolean[] {
  const root = mkdtempSync(join(tmpdir(), 'hangtag-direction-'));
  try {
    const { vcs, ...rules } = JSON.parse(readFileSync(fromRoot('biome.json'), 'utf8'));
    writeFileSync(join(root, 'biome.json'), JSON.stringify(rules));
    const files = uses.map(([folder], index) => join(folder, `use-${index}.ts`));
    for (const [index, file] of files.entries()) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), `export { x } from '${uses[index]?.[1]}';\n`);
    }
    const { stdout } = spawnSync(
      process.execPath,
      [
        fromRoot('node_modules/@biomejs/biome/bin/biome'),
        'lint',
        '--max-diagnostics=none',
        '--reporter=github',
      ],
      { cwd: root, encoding: 'utf8' },
    );
    const complaints = stdout.split('\n').filter((line) => line.includes('noRestrictedImports'));
    return files.map((file) => complaints.some((line) => line.includes(`${file},`)));
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('The direction of imports', () => {
  const uses = [...FORBIDDEN, ...ALLOWED];
  let isForbidden: readonly boolean[];
  before(function () {
    this.timeout(20_000);
    isForbidden = forbidden(uses);
  });

  for (const [index, [folder, imports]] of uses.entries()) {
    const isViolation = index < FORBIDDEN.length;
    it(`${isViolation ? 'forbids' : 'allows'} ${folder} to import ${imports}`, () => {
      expect(isForbidden[index]).to.equal(isViolation);
    });
  }
});
