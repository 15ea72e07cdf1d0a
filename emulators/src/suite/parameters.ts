/** The parameters of the declarations. The suite asks for each in the terminal, whatever its default, unless a file tells it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '@hangtag/shared/config.js';

const PARAMETERS = [
  'HANGTAG_BUCKET',
  'HANGTAG_REGION',
  'HANGTAG_UPLOADED_TOPIC',
  'HANGTAG_BACKFILL_TOPIC',
  'HANGTAG_DEAD_LETTER_TOPIC',
  'HANGTAG_TIME_ZONE',
] as const;

/** `.env.local` counts under the emulators alone. @throws {ConfigFault} */
export async function writeParameters(functionsFolder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const config = parseConfig(env);
  const lines = PARAMETERS.map((name) => `${name}=${config[name]}\n`);
  await writeFile(join(functionsFolder, '.env.local'), lines.join(''));
}
