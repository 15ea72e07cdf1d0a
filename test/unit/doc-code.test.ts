/** The programs in the documents are compiled with the packages of this repository: a name that was renamed is found. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

/** What the text around a program says of its names. */
const KNOWN: Readonly<Record<string, string>> = {
  'README.md': '',
  'docs/api.md': `import type { HangtagClient, VerificationKey } from '@hangtag/client';
    declare const hangtag: HangtagClient; declare const publicKey: VerificationKey;`,
  'docs/devices.md': `import type { DeviceOptions } from '@hangtag/client/device';
    declare const url: string; declare const publicKey: DeviceOptions['keys'][number];
    declare const credentials: DeviceOptions['credentials']; declare const open: DeviceOptions['open'];`,
  'docs/firebase-storage.md': 'declare const file: File;',
  'docs/firebase-project.md': '',
  'docs/from-label-images.md': '',
  'examples/firebase-web/README.md': `import { type FirebaseStorage, ref, uploadBytesResumable } from 'firebase/storage';
    import { collection, type Firestore, limit, onSnapshot, orderBy, query } from 'firebase/firestore';
    import { getAuth } from 'firebase-admin/auth';
    declare const file: File; declare const tenant: string; declare const uid: string;
    declare const storage: FirebaseStorage; declare const firestore: Firestore;`,
};
const BLOCK = /^```(js|ts)\n(.*?)^```$/gms;
const OPTIONS = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'nodenext',
  types: ['node'],
  // The package is made by npm run pack:functions.
  paths: { '@hangtag/functions': [fromRoot('functions/dist/package/hangtag.d.ts')] },
};

describe('The programs in the documents', function () {
  this.timeout(120_000);

  it('compile, those in TypeScript with --strict', async () => {
    // Inside the repository, so that its packages are found.
    const folder = await mkdtemp(fromRoot('test/dist/snippet-'));
    try {
      const files = { js: [] as string[], ts: [] as string[] };
      for (const [document, known] of Object.entries(KNOWN)) {
        const blocks = [...(await readFile(fromRoot(document), 'utf8')).matchAll(BLOCK)];
        expect(blocks, document).not.to.be.empty;
        for (const [index, [, language, code]] of blocks.entries()) {
          const file = `${document.replaceAll('/', '-')}-${index}.mts`;
          await writeFile(join(folder, file), `${known}\n${code}\nexport {};\n`);
          files[language as 'js' | 'ts'].push(file);
        }
      }

      expect(await compiled(folder, files.ts, OPTIONS)).to.equal('');
      expect(await compiled(folder, files.js, { ...OPTIONS, noImplicitAny: false })).to.equal('');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** @returns what the compiler says */
async function compiled(folder: string, files: readonly string[], compilerOptions: object): Promise<string> {
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = [fromRoot('node_modules/typescript/bin/tsc'), '-p', folder];
  return new Promise((resolve) =>
    execFile(process.execPath, tsc, (error, stdout) => resolve(stdout || String(error ?? ''))),
  );
}
