/** The linter holds the direction functions -> adapters -> ports <- domain. Here it is shown that it would complain. */
import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

const FORBIDDEN: readonly (readonly [file: string, imports: string])[] = [
  ['shared/src/domain/x.ts', 'zod'],
  ['shared/src/domain/x.ts', 'node:fs'],
  ['shared/src/domain/x.ts', '@google-cloud/firestore'],
  ['shared/src/domain/x.ts', '../ports/clock.js'],
  ['shared/src/domain/x.ts', '../adapters/memory/record-store.js'],
  ['shared/src/domain/x.ts', '../config.js'],
  ['shared/src/ports/x.ts', '@google-cloud/storage'],
  ['shared/src/ports/x.ts', '../adapters/memory/record-store.js'],
  ['shared/src/ports/x.ts', '../config.js'],
  ['shared/src/adapters/gcs/x.ts', '@hangtag/functions/respond.js'],
  ['shared/src/adapters/gcs/x.ts', '@hangtag/emulators/bucket/server.js'],
  ['shared/src/adapters/gcs/x.ts', '../../imaging/limits.js'],
  ['shared/src/imaging/x.ts', '../adapters/gcs/object-store.js'],
  ['shared/src/inference/x.ts', '@hangtag/functions/respond.js'],
  ['functions/src/ingest/x.ts', '@hangtag/shared/adapters/memory/publisher.js'],
  ['functions/src/classify/x.ts', '@google-cloud/pubsub'],
  ['functions/src/dead-letter/x.ts', 'firebase-functions/v2/pubsub'],
  ['functions/src/sweep/x.ts', '@hangtag/shared/adapters/firestore/record-store.js'],
  ['functions/src/report/x.ts', '@hangtag/emulators/bucket/server.js'],
];

const ALLOWED: readonly (readonly [file: string, imports: string])[] = [
  ['shared/src/domain/x.ts', 'node:crypto'],
  ['shared/src/domain/x.ts', './record.js'],
  ['shared/src/domain/x.ts', '../errors.js'],
  ['shared/src/ports/x.ts', '../domain/record.js'],
  ['shared/src/ports/x.ts', '../errors.js'],
  ['shared/src/adapters/gcs/x.ts', '@google-cloud/storage'],
  ['shared/src/adapters/gcs/x.ts', '../../ports/object-store.js'],
  ['shared/src/imaging/x.ts', 'sharp'],
  ['functions/src/ingest/x.ts', '@hangtag/shared/ports/publisher.js'],
  ['functions/src/ingest/x.ts', 'zod'],
  ['functions/src/composition.ts', '@google-cloud/pubsub'],
];

/** On standard input the linter says only by its exit that something is wrong: so it is asked about this one rule. */
function isForbidden([file, imports]: readonly [string, string]): boolean {
  const biome = fromRoot('node_modules/@biomejs/biome/bin/biome');
  const { status } = spawnSync(
    process.execPath,
    [biome, 'lint', '--only=style/noRestrictedImports', `--stdin-file-path=${file}`],
    { cwd: fromRoot('.'), input: `import { x } from '${imports}';\nexport const y = x;\n` },
  );
  return status !== 0;
}

describe('The direction of imports', function () {
  this.timeout(20_000);

  for (const violation of FORBIDDEN) {
    it(`forbids ${violation[0]} to import ${violation[1]}`, () => {
      expect(isForbidden(violation)).to.equal(true);
    });
  }

  for (const use of ALLOWED) {
    it(`allows ${use[0]} to import ${use[1]}`, () => {
      expect(isForbidden(use)).to.equal(false);
    });
  }
});
