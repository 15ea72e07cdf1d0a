import { UsageError } from '@hangtag/shared/errors.js';

/** @throws {UsageError} the functions of a project cannot read a folder of this machine */
export function requireSharedStore(
  project: string | undefined,
  store = process.env['HANGTAG_MODEL_STORE'] ?? '',
): void {
  if (project === undefined || store.startsWith('gs://')) return;
  throw new UsageError(
    `Expected HANGTAG_MODEL_STORE=gs://BUCKET with --project, as the functions have it, but received "${store}"`,
  );
}
