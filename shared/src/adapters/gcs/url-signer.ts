import { generateKeyPairSync } from 'node:crypto';
import type { Bucket, StorageOptions } from '@google-cloud/storage';
import type { ObjectVersion } from '../../domain/identity.js';
import type { SignedRequest, UploadGrant, UrlSigner } from '../../ports/url-signer.js';
import { transientOr } from './http-outcome.js';

/** V4 signatures: https://cloud.google.com/storage/docs/access-control/signed-urls */
export class GcsUrlSigner implements UrlSigner {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async upload(grant: UploadGrant): Promise<SignedRequest> {
    const { name, contentType, size, metadata, kind, validMs } = grant;
    const extensionHeaders = {
      'x-goog-content-length-range': `${size},${size}`,
      'x-goog-if-generation-match': '0',
      ...Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`x-goog-meta-${key}`, value])),
    };
    const [method, action] =
      kind === 'whole' ? (['PUT', 'write'] as const) : (['POST', 'resumable'] as const);
    try {
      const request = { ...validFor(validMs), action, contentType, extensionHeaders } as const;
      const [url] = await this.#bucket.file(name).getSignedUrl(request);
      const start = kind === 'resumable' && { 'x-goog-resumable': 'start' };
      return { method, url, headers: { 'content-type': contentType, ...extensionHeaders, ...start } };
    } catch (error) {
      throw transientOr(error, `sign the upload of ${name}`);
    }
  }

  async download(
    { name, generation, contentType }: ObjectVersion & { readonly contentType: string },
    validMs: number,
  ): Promise<string> {
    try {
      const [url] = await this.#bucket.file(name, { generation }).getSignedUrl({
        ...validFor(validMs),
        action: 'read',
        // A file that its uploader called text/html must not run in a browser.
        responseType: SHOWN.test(contentType) ? contentType : 'application/octet-stream',
      });
      return url;
    } catch (error) {
      throw transientOr(error, `sign the download of ${name}`);
    }
  }
}

/** From the time of the signature on. */
function validFor(validMs: number) {
  const accessibleAt = Date.now();
  return { version: 'v4', accessibleAt, expires: accessibleAt + validMs } as const;
}

/** SVG can contain scripts. */
const SHOWN = /^image\/(?!svg)[a-z0-9.+-]+$/;

/** For a local bucket, which does not verify signatures. The key is not kept. */
export function throwAwayCredentials(): Required<Pick<StorageOptions, 'credentials'>> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { credentials: { client_email: 'local@hangtag.invalid', private_key: privateKey } };
}
