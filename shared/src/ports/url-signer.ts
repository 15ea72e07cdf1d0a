import type { ObjectVersion } from '../domain/identity.js';

/** What exactly may be uploaded. */
export interface UploadGrant {
  readonly name: string;
  readonly contentType: string;
  /** Bytes: no more and no fewer. */
  readonly size: number;
  /** Custom metadata of the object. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `whole`: one PUT. `resumable`: a POST opens a session, to whose address the bytes are sent in pieces. */
  readonly kind: 'whole' | 'resumable';
  /** Milliseconds from now. */
  readonly validMs: number;
}

/** A request that its holder may send to the bucket. Its headers are part of the signature. */
export interface SignedRequest {
  readonly method: 'PUT' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** URLs of the bucket's objects that work without further credentials until they expire. Every method throws `TransientError`. */
export interface UrlSigner {
  /** The upload creates an object and never replaces one. */
  upload(grant: UploadGrant): Promise<SignedRequest>;
  /** @param validMs milliseconds from now */
  download(object: ObjectVersion & { readonly contentType: string }, validMs: number): Promise<string>;
}
