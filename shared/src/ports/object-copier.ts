import type { Generation } from '../domain/generation.js';
import type { ObjectVersion } from '../domain/identity.js';

export interface CopyRequest {
  /** Name of the copy, in the same bucket. */
  readonly name: string;
  readonly contentType: string;
  /** Custom metadata of the copy, instead of that of the source. The headers of the content are those of the source. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Write only if this is the live generation of `name`; '0': only if `name` has no live generation. */
  readonly ifGeneration: Generation;
}

/** Copies objects inside a bucket, on the server. */
export interface ObjectCopier {
  /** @returns 'gone': the bucket no longer has this generation; 'taken': the precondition failed. @throws {TransientError} */
  copy(source: ObjectVersion, request: CopyRequest): Promise<'copied' | 'gone' | 'taken'>;
}
