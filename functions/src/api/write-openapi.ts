/** Writes `openapi.json`, the description of the API: `npm run openapi`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { standaloneApp } from '../app/standalone-app.js';
import type { Api } from './api-env.js';
import { createApi } from './create-api.js';
import { documentOf } from './document.js';
import { ALL } from './every-route.js';

export const OPENAPI_FILE = fileURLToPath(new URL('../../../openapi.json', import.meta.url));

export function openapiText(api: Api = everyRoute()): string {
  return `${JSON.stringify(documentOf(api), null, 2)}\n`;
}

function everyRoute(): Api {
  return createApi({
    app: standaloneApp({}),
    authenticate: async () => undefined,
    isPublic: false,
    mounts: ALL,
  });
}

/** @param file written by `npm run openapi` */
export async function writeOpenapi(file = OPENAPI_FILE): Promise<void> {
  await writeFile(file, openapiText());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeOpenapi();
