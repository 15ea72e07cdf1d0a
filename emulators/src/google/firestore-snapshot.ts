/**
 * The documents of a Firestore emulator on disk. The emulator's own `--export-on-exit` wrote nothing on SIGTERM
 * (1.19.9), so the snapshot is asked for over HTTP, as firebase-tools does. It is written beside the last one
 * and takes its place only when complete:
 *
 *     incoming/ written -> latest/ becomes previous/ -> incoming/ becomes latest/ -> previous/ removed
 *
 * A crash between any two steps leaves `latest` or `previous` whole.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const EXPORT_NAME = 'snapshot';
const EXPORT_TIMEOUT_MS = 60_000;

export class FirestoreSnapshot {
  readonly #directory: string;
  #saving: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The emulator's argument that reads the newest whole snapshot, or none where nothing was saved. */
  importArguments(): readonly string[] {
    const metadata = ['latest', 'previous']
      .map((name) => join(this.#at(name), EXPORT_NAME, `${EXPORT_NAME}.overall_export_metadata`))
      .find((path) => existsSync(path));
    return metadata === undefined ? [] : [`--import-data=${metadata}`];
  }

  /** Saves in turn are done one after the other. @throws Error if the emulator refuses or does not answer */
  save(emulatorUrl: string, projectId: string): Promise<void> {
    const turn = this.#saving.then(() => this.#replace(emulatorUrl, projectId));
    this.#saving = turn.catch(() => undefined);
    return turn;
  }

  async #replace(emulatorUrl: string, projectId: string): Promise<void> {
    const [incoming, latest, previous] = [this.#at('incoming'), this.#at('latest'), this.#at('previous')];
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming, { recursive: true });
    await requestExport(emulatorUrl, { projectId, directory: incoming });
    if (existsSync(latest)) {
      await rm(previous, { recursive: true, force: true });
      await rename(latest, previous);
    }
    await rename(incoming, latest);
    await rm(previous, { recursive: true, force: true });
  }

  #at(name: string): string {
    return join(this.#directory, name);
  }
}

async function requestExport(
  emulatorUrl: string,
  target: { readonly projectId: string; readonly directory: string },
): Promise<void> {
  const response = await fetch(`${emulatorUrl}/emulator/v1/projects/${target.projectId}:export`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      database: `projects/${target.projectId}/databases/(default)`,
      export_directory: target.directory,
      export_name: EXPORT_NAME,
    }),
    signal: AbortSignal.timeout(EXPORT_TIMEOUT_MS),
  });
  const answer = await response.text();
  if (!response.ok) {
    throw new Error(`Expected the Firestore emulator to export but received ${response.status} ${answer}`);
  }
}
