/** The model of the API: its manifest is used only if its signature is right, and a file only if its digest is. */
import type { Model } from './answers.js';
import type { Http } from './http.js';

/** A public key of the API, as a JSON Web Key. */
export type VerificationKey = JsonWebKey & { readonly kid?: string };

/** A manifest or a file is not what the owner of the signing key published. */
export class HangtagVerificationError extends Error {
  override readonly name = 'HangtagVerificationError';
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** @param keys to trust. Absent: those that the API publishes, which protects against nothing but faults in transit */
export async function readModel(http: Http, keys?: readonly VerificationKey[]): Promise<Model> {
  const { jws } = await http.json<Model>('GET', '/v1/model');
  const published = () => http.json<{ keys: readonly VerificationKey[] }>('GET', '/.well-known/jwks.json');
  return verifiedModel(jws, keys ?? (await published()).keys);
}

/** @throws {HangtagVerificationError} it is not signed, or not by one of these keys */
export async function verifiedModel(
  jws: string | undefined,
  keys: readonly VerificationKey[],
): Promise<Model> {
  if (jws === undefined)
    throw new HangtagVerificationError('Expected a signed manifest: set HANGTAG_SIGNING_KEY of the API');
  return { ...JSON.parse(await verified(jws, keys)), jws };
}

/** @param path of the manifest */
export async function readModelFile(
  http: Http,
  { files }: Model,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = files.find((each) => each.path === path);
  if (file === undefined) throw new RangeError(`Expected a path of the manifest but received ${path}`);
  const bytes = await http.bytes(`/v1/model/files/${encodeURIComponent(path)}`);
  const sha256 = await sha256Hex(bytes);
  if (sha256 !== file.sha256)
    throw new HangtagVerificationError(
      `Expected the SHA-256 ${file.sha256} of ${path} but received ${sha256}`,
    );
  return bytes;
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @returns the payload of the JWS. Its header chooses the key, but never the algorithm */
async function verified(jws: string, keys: readonly VerificationKey[]): Promise<string> {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const { kid } = JSON.parse(textOf(header)) as { kid?: string };
  const key = keys.find((each) => each.kid === kid);
  if (key === undefined)
    throw new HangtagVerificationError(`Expected a trusted key but the manifest is signed by ${kid}`);
  const imported = await crypto.subtle.importKey('jwk', key, CURVE, false, ['verify']);
  const signed = new TextEncoder().encode(`${header}.${payload}`);
  if (!(await crypto.subtle.verify(CURVE, imported, bytesOf(signature), signed)))
    throw new HangtagVerificationError('Expected a manifest with a right signature');
  return textOf(payload);
}

function textOf(base64url: string): string {
  return new TextDecoder().decode(bytesOf(base64url));
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
