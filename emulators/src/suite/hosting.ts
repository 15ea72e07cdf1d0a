/** The page in the suite: `web/dist`, as Firebase's Hosting emulator serves it, with the ports of this run. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostedPorts, hostingHeaders } from '../page/page-headers.js';
import { PROJECT_ROOT } from '../start/project-root.js';
import { HOST } from '../start/stack-plan.js';

const PAGE = 'page';
const SETTINGS = 'hangtag.json';

interface Hosting {
  readonly public: string;
  readonly headers: readonly { readonly source: string }[];
}

/**
 * Copies the page into the folder, because a link would have the ports of firebase.json.
 *
 * @returns the section `hosting` of the folder's firebase.json
 */
export async function writeHosting(folder: string, hosting: Hosting, ports: HostedPorts): Promise<Hosting> {
  const page = join(folder, PAGE);
  await cp(join(PROJECT_ROOT, hosting.public), page, { recursive: true });
  const settings = JSON.parse(await readFile(join(page, SETTINGS), 'utf8'));
  await writeFile(join(page, SETTINGS), JSON.stringify({ ...settings, ...emulatorsOf(ports) }));
  const own = Object.entries(hostingHeaders(ports)).map(([key, value]) => ({ key, value }));
  const headers = hosting.headers.map((rule) => (rule.source === '**' ? { ...rule, headers: own } : rule));
  return { ...hosting, public: PAGE, headers };
}

/** The addresses of emulators as the page's settings name them. */
export function emulatorsOf({ firestore, storage, auth }: HostedPorts) {
  return {
    firestoreEmulator: `${HOST}:${firestore}`,
    storageEmulator: `${HOST}:${storage}`,
    authEmulator: `${HOST}:${auth}`,
  };
}
