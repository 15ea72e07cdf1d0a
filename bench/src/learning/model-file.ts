import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifest } from '@hangtag/shared/inference/manifest.js';
import { sha256Hex } from '@hangtag/shared/inference/model-files.js';
import { MANIFEST_FILE, readManifest } from '@hangtag/shared/inference/read-manifest.js';

/** Writes a file into the folder of a model, and its path, size and digest into the manifest. */
export async function writeModelFile(
  modelDir: string,
  field: 'knowledge' | 'projection' | 'typicality',
  bytes: Uint8Array,
): Promise<void> {
  const path = `${field}.safetensors`;
  const manifest = await readManifest(modelDir);
  const others = manifest.files.filter((file) => file.path !== path);
  const files = [...others, { path, bytes: bytes.length, sha256: sha256Hex(bytes) }];
  const changed = parseManifest({ ...manifest, [field]: path, files }, modelDir);
  await writeFile(join(modelDir, path), bytes);
  await writeFile(join(modelDir, MANIFEST_FILE), `${JSON.stringify(changed, null, 2)}\n`);
}
