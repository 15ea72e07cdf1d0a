/**
 * Saves the documents of a Firestore emulator to disk. The emulator's option `--export-on-exit` wrote nothing on SIGTERM
 * (1.19.9), so a snapshot is requested over HTTP, as firebase-tools does. A new snapshot is written next to the last one and
 * replaces it when it is complete:
 *
 *     incoming/ written -> latest/ becomes previous/ -> incoming/ becomes latest/ -> previous/ removed
 *
 * After a crash between any two steps, `latest` or `previous` is complete.
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

  /** The argument with which the emulator reads the newest complete snapshot; empty if nothing was saved. */
  importArguments(): readonly string[] {
    const metadata = ['latest', 'previous']
      .map((name) => join(this.#at(name), EXPORT_NAME, `${EXPORT_NAME}.overall_export_metadata`))
      .find((path) => existsSync(path));
    return metadata === undefined ? [] : [`--import-data=${metadata}`];
  }

  /** Simultaneous calls are done one after the other. @throws Error if the emulator refuses or does not answer */
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
