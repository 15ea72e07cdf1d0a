/**
 * The errors of the API. A status and its reason always come from one of the factories below.
 * Source: https://cloud.google.com/storage/docs/json_api/v1/status-codes
 */

export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** More about the cause, for errors of the XML API. */
  readonly details: string | undefined;

  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    { details, ...options }: ErrorOptions & { readonly details?: string } = {},
  ) {
    super(message, options);
    this.details = details;
  }
}

export const invalid = (message: string, options?: ErrorOptions): ApiError =>
  new ApiError(400, 'invalid', message, options);

export const required = (parameter: string): ApiError =>
  new ApiError(400, 'required', `Required parameter: ${parameter}`);

export const bucketNotFound = (bucket: string): ApiError =>
  new ApiError(404, 'notFound', `The specified bucket does not exist: ${bucket}`);

export const objectNotFound = (bucket: string, name: string): ApiError =>
  new ApiError(404, 'notFound', `No such object: ${bucket}/${name}`);

export const conflict = (message: string): ApiError => new ApiError(409, 'conflict', message);

export const conditionNotMet = (message: string): ApiError => new ApiError(412, 'conditionNotMet', message);

export const notModified = (): ApiError => new ApiError(304, 'notModified', 'Not Modified');

export const tooLarge = (maxBytes: number): ApiError =>
  new ApiError(413, 'uploadTooLarge', `Expected a body of at most ${maxBytes} bytes but received more`);

export const tooSmall = (minBytes: number): ApiError =>
  new ApiError(400, 'uploadTooSmall', `Expected a body of at least ${minBytes} bytes but received fewer`);

export const notImplemented = (call: string): ApiError =>
  new ApiError(501, 'notImplemented', `This bucket server does not implement ${call}`);

const FULL_DISK_CODES = new Set(['ENOSPC', 'EDQUOT']);

/**
 * The API error for anything that a handler threw. A full disk is 503 and not 507: clients retry 503 with backoff, so an
 * upload succeeds when there is space again.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isFullDisk(error)) {
    return new ApiError(503, 'backendError', 'No space is left for this bucket server', { cause: error });
  }
  return new ApiError(500, 'internalError', 'The bucket server failed. Its log names the cause', {
    cause: error,
  });
}

export function isFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FULL_DISK_CODES.has(String(error.code));
}

/** The error body of the JSON API. */
export function errorBody(error: ApiError): object {
  const { status: code, reason, message } = error;
  return { error: { code, message, errors: [{ domain: 'global', reason, message }] } };
}

const XML_CODES: Readonly<Record<string, string>> = {
  conditionNotMet: 'PreconditionFailed',
  expiredToken: 'ExpiredToken',
  malformedSecurityHeader: 'MalformedSecurityHeader',
  incorrectNumberOfFiles: 'IncorrectNumberOfFilesInPostRequest',
  invalid: 'InvalidArgument',
  invalidPolicyDocument: 'InvalidPolicyDocument',
  notFound: 'NoSuchKey',
  requestedRangeNotSatisfiable: 'InvalidRange',
  uploadTooLarge: 'EntityTooLarge',
  uploadTooSmall: 'EntityTooSmall',
};

/** The error body of the XML API, for signed URLs and `curl`. */
export function errorXml(error: ApiError): string {
  const code = XML_CODES[error.reason] ?? 'InternalError';
  const details = error.details === undefined ? '' : `<Details>${escapeXml(error.details)}</Details>`;
  return `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${escapeXml(error.message)}</Message>${details}</Error>`;
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => XML_ESCAPES[character] ?? character);
}
