import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for one test file; call `remove` in its `after`. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'hangtag-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
