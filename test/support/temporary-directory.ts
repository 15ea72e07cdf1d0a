import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];
process.once('exit', () => {
  for (const path of made) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
});

/** A new directory. It is removed when the process that runs the tests ends, also if one of them failed. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'hangtag-test-'));
  made.push(path);
  return path;
}
