/** A JSON Web Key: https://www.rfc-editor.org/rfc/rfc7517 */
export interface PublicKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

export interface PrivateKey extends PublicKey {
  readonly d: string;
}

export interface DocumentSigner {
  readonly publicKey: PublicKey & { readonly kid: string; readonly alg: string; readonly use: 'sig' };
  /** @returns the compact JWS whose payload is the document */
  sign(document: object): Promise<string>;
}
