/** What the server of the page says about the project: emulators/src/page/page-server.ts. */
export interface Settings {
  readonly projectId: string;
  readonly bucket: string;
  /** Labels of the model that is active, for corrections. */
  readonly labels: readonly string[];
  /** `host:port` of the Firestore emulator. */
  readonly firestoreEmulator: string;
  /** `host:port` of the bucket server. */
  readonly storageEmulator: string;
  /** Address of the API; absent: none. */
  readonly api?: string;
  /** How long an image belongs to the page that reviews it, without renewal. */
  readonly claimSeconds?: number;
  /** How long the page waits for Firestore before it connects again. */
  readonly reconnectSeconds?: number;
  /** Test users of a local stack. The rules apply to them as to real ones. */
  readonly users: readonly TestUser[];
}

export interface TestUser {
  readonly uid: string;
  readonly tenant: string;
  readonly role: 'viewer' | 'reviewer' | 'admin';
}

/** The rules of Firestore permit no query of more images, and no count: a count of so many means "or more". */
export const MOST_COUNTED = 1_000;

/** @throws {Error} the server has no settings, or serves another project than they name */
export async function loadSettings(): Promise<Settings> {
  const [settings, { projectId }] = await Promise.all([
    readJson<Settings>('./hangtag.json'),
    readJson<Pick<Settings, 'projectId'>>('/__/firebase/init.json'),
  ]);
  if (projectId === settings.projectId) return settings;
  throw new Error(
    `Expected the project ${settings.projectId} of the emulators but received ${projectId}: the page cannot sign people in yet`,
  );
}

async function readJson<T>(path: string): Promise<T> {
  const response = await fetch(path, { cache: 'no-store' });
  if (!response.ok) throw new Error(`Expected ${path} from the server but received ${response.status}`);
  return response.json();
}

/** Where a picture is read. It names the generation, so that a browser may keep it. */
export function pictureUrl(
  { storageEmulator, bucket }: Settings,
  { name, generation }: { readonly name: string; readonly generation: string },
): string {
  const object = `http://${storageEmulator}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  return `${object}?alt=media&generation=${encodeURIComponent(generation)}`;
}
