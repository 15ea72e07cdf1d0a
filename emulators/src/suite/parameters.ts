/** The parameters and secrets of the declarations. The suite asks for each in the terminal, whatever its default, unless a file tells it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ALERT_SECRETS, NO_SECRET, parseConfig } from '@hangtag/shared/config.js';

const PARAMETERS = [
  'HANGTAG_BUCKET',
  'HANGTAG_REGION',
  'HANGTAG_UPLOADED_TOPIC',
  'HANGTAG_BACKFILL_TOPIC',
  'HANGTAG_LABELED_TOPIC',
  'HANGTAG_DEAD_LETTER_TOPIC',
  'HANGTAG_TIME_ZONE',
] as const;

/** `.env.local` and `.secret.local` count under the emulators alone. @throws {ConfigError} */
export async function writeParameters(functionsFolder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const config = parseConfig(env);
  await writeLines(
    '.env.local',
    PARAMETERS.map((name) => `${name}=${config[name]}`),
  );
  await writeLines(
    '.secret.local',
    ALERT_SECRETS.map((name) => `${name}=${config[name] ?? NO_SECRET}`),
  );

  async function writeLines(file: string, lines: readonly string[]): Promise<void> {
    await writeFile(join(functionsFolder, file), `${lines.join('\n')}\n`);
  }
}
