import type { FirebaseOptions } from 'firebase/app';
import { fetchAnswer } from './attempt.js';

/** The file `hangtag.json` of the server: emulators/src/page/page-server.ts, or web/public with Firebase Hosting. */
export interface Settings {
  readonly projectId: string;
  readonly bucket: string;
  /** Labels of the model that is active, for corrections. */
  readonly labels: readonly string[];
  /** `host:port` of the Firestore emulator; absent: Google's Firestore. */
  readonly firestoreEmulator?: string;
  /** `host:port` of the bucket server; absent: Cloud Storage. */
  readonly storageEmulator?: string;
  /** `host:port` of the Auth emulator; absent: Firebase Auth. */
  readonly authEmulator?: string;
  /** The configuration that Firebase Hosting has for this project. */
  readonly app?: FirebaseOptions;
  /** Address of the API; absent: none. */
  readonly api?: string;
  /** Whether people have a wardrobe: `HANGTAG_WARDROBE`. */
  readonly hasWardrobe?: boolean;
  /** `HANGTAG_INDEX_SHARDS`; absent: 1. */
  readonly indexShards?: number;
  /** How long an image belongs to the page that reviews it, without renewal. */
  readonly claimSeconds?: number;
  /** How long the page waits for Firestore before it connects again. */
  readonly reconnectSeconds?: number;
  /** Test users of a local stack. The rules apply to them as to real ones. Absent: people sign in. */
  readonly users?: readonly Member[];
}

/** A user with the claims that firestore.rules and storage.rules read. */
export interface Member {
  readonly uid: string;
  readonly tenant: string;
  readonly role: 'viewer' | 'reviewer' | 'admin';
}

/** The rules of Firestore permit no query of more images, and no count: a count of so many means "or more". */
export const MOST_COUNTED = 1_000;

/**
 * The settings name the emulators of one project. If the server serves another project, the page uses Google's services.
 *
 * @throws {Error} the server has no settings
 */
export async function loadSettings(): Promise<Settings> {
  const [settings, app] = await Promise.all([
    readJson<Settings>('./hangtag.json'),
    readJson<FirebaseOptions>('/__/firebase/init.json'),
  ]);
  const { projectId = settings.projectId, storageBucket = '' } = app;
  if (projectId === settings.projectId) return { ...settings, app };
  const { labels, indexShards = 1 } = settings;
  return { projectId, bucket: storageBucket, labels, indexShards, app };
}

async function readJson<T>(path: string): Promise<T> {
  const response = await fetchAnswer(path, { cache: 'no-store' });
  if (!response.ok) throw new Error(`Expected ${path} from the server but received ${response.status}`);
  return response.json();
}

/** Where an object of the bucket is read. */
export function objectUrl({ storageEmulator, bucket }: Settings, name: string): string {
  const server =
    storageEmulator === undefined ? 'https://storage.googleapis.com' : `http://${storageEmulator}`;
  return `${server}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}?alt=media`;
}

/** Before and after now: the clock of this machine can differ from that of the API. */
const TOKEN_SECONDS = 86_400;

/** A token without signature, as the Auth emulator makes them. The API of a local stack accepts it. */
export function unsignedToken(
  { projectId }: Pick<Settings, 'projectId'>,
  { uid, tenant, role }: Member,
): string {
  const now = Math.floor(Date.now() / 1_000);
  const [iat, exp] = [now - TOKEN_SECONDS, now + TOKEN_SECONDS];
  const times = { iat, auth_time: iat, exp };
  const issuer = { iss: `https://securetoken.google.com/${projectId}`, aud: projectId };
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode({ ...issuer, ...times, sub: uid, tenant, role })}.`;
}

/** Base64url of JSON. */
function encode(part: object): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(JSON.stringify(part)));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
