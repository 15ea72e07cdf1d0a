/**
 * Writes `src/openapi.ts`, the types of the API, from `openapi.json`: a part of `npm run openapi`. The first line of the file
 * has the digest of its source, so that a test can see that it is stale without this tool.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../openapi.json', import.meta.url));
const types = execFileSync('npx', ['--yes', 'openapi-typescript@7', '--immutable', source], {
  encoding: 'utf8',
});
const digest = createHash('sha256')
  .update(await readFile(source))
  .digest('hex');
await writeFile(
  new URL('src/openapi.ts', import.meta.url),
  `// Of openapi.json with SHA-256 ${digest}\n${types}`,
);
