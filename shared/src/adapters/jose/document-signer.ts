/** Signs JSON documents as compact JWS: https://www.rfc-editor.org/rfc/rfc7515 */
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { DocumentSigner, PrivateKey } from '../../ports/document-signer.js';

/** Every browser can verify it. */
const ALGORITHM = 'ES256';

export async function documentSigner(privateKey: PrivateKey): Promise<DocumentSigner> {
  const { d, ...parts } = privateKey;
  const kid = await calculateJwkThumbprint(parts);
  const key = await importJWK(privateKey, ALGORITHM);
  return {
    publicKey: { ...parts, kid, alg: ALGORITHM, use: 'sig' },
    sign: (document) =>
      new CompactSign(Buffer.from(JSON.stringify(document)))
        .setProtectedHeader({ alg: ALGORITHM, kid })
        .sign(key),
  };
}

export async function newSigningKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const { x = '', y = '', d = '' } = await exportJWK(privateKey);
  return { kty: 'EC', crv: 'P-256', x, y, d };
}
