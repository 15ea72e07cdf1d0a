/** `npm run topology`: writes deploy/topology.json and the table of roles in SECURITY.md from the function table. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseConfig } from '@hangtag/shared/config.js';
import { FUNCTIONS } from './function-table.js';
import { rolesTable } from './roles-table.js';
import { topologyOf } from './topology.js';

const ROOT = new URL('../../../', import.meta.url);
export const TOPOLOGY_FILE = new URL('deploy/topology.json', ROOT);
export const SECURITY_FILE = new URL('SECURITY.md', ROOT);

/** Of an installation that configures nothing. */
export const topologyText = () => `${JSON.stringify(topologyOf(parseConfig({})), null, 2)}\n`;

/** The document with its table of roles replaced. @throws Error if it has no such table */
export function withRolesTable(document: string): string {
  const table = /\| function \| role \|[^\n]*\n(\|[^\n]*\n)+/;
  if (!table.test(document)) throw new Error('Expected a table of roles in SECURITY.md but found none');
  return document.replace(table, () => `${rolesTable(FUNCTIONS, parseConfig({}))}\n`);
}

if (process.argv[1] === import.meta.filename) {
  await writeFile(TOPOLOGY_FILE, topologyText());
  await writeFile(SECURITY_FILE, withRolesTable(await readFile(SECURITY_FILE, 'utf8')));
}
