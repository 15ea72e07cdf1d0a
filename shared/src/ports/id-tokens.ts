/** Claims of a person's ID token that passed its checks. */
export interface IdTokenClaims {
  readonly uid: string;
  readonly tenant: string | undefined;
  readonly role: string | undefined;
  /** Epoch milliseconds at which the person signed in. */
  readonly signedInAt: number;
}

/** ID tokens of Firebase Auth. */
export interface IdTokens {
  /** @throws {InputError} it is not a token of this project, or has expired. @throws {TransientError} the keys could not be read */
  verify(token: string): Promise<IdTokenClaims>;
  /** Whether the person was disabled or deleted, or must sign in again: one request. @throws {TransientError} */
  isRevoked(claims: IdTokenClaims): Promise<boolean>;
}
