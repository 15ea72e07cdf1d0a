import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guarantees } from '@hangtag/shared/domain/precision-guarantee.js';
import { MANIFEST_FILE, readManifest } from '@hangtag/shared/inference/read-manifest.js';

/** Changes nothing else in the manifest of the model. @throws {ModelError} */
export async function writeGuarantees(modelDir: string, guarantees: Guarantees): Promise<void> {
  const path = join(modelDir, MANIFEST_FILE);
  const manifest: unknown = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, `${JSON.stringify({ ...Object(manifest), guarantees }, null, 2)}\n`);
  await readManifest(modelDir);
}
