/** Uploads to the bucket in pieces: after a failure, the bucket says how many bytes it has, and the upload goes on there. */
import type { SignedUpload, UploadRequest } from './answers.js';
import { discard, errorOf, type Http } from './http.js';

export interface UploadOptions extends Pick<UploadRequest, 'name' | 'owner' | 'ref' | 'priority'> {
  /** Absent: the type of the blob. */
  readonly contentType?: UploadRequest['contentType'];
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface Uploaded {
  /** Of the image, whose label appears soon. */
  readonly id: string;
  readonly name: string;
}

/** A multiple of 256 KiB, as the bucket requires. */
const PIECE_BYTES = 1024 * 1024;
/** Pieces of which the bucket kept nothing. */
const MAX_FAILURES = 5;

export async function uploadImage(http: Http, image: Blob, options: UploadOptions): Promise<Uploaded> {
  const { onProgress, signal, contentType = image.type, ...others } = options;
  const wanted = { ...others, contentType, size: image.size, resumable: true };
  const { id, name, ...signed } = await http.json<SignedUpload>('POST', '/v1/uploads', wanted);
  const session = await openSession(http, signed, signal);
  let sent = 0;
  let failures = 0;
  while (sent < image.size) {
    const response = await sendPiece(http, image, { session, from: sent, ...(signal && { signal }) }).catch(
      (error: unknown) => {
        if (signal?.aborted || failures >= MAX_FAILURES) throw error;
        return undefined;
      },
    );
    const received = response?.ok ? image.size : await receivedBytes(http, session, image.size, response);
    if (received <= sent) failures += 1;
    if (response !== undefined && failures > MAX_FAILURES) throw await errorOf(response);
    if (response !== undefined) await discard(response);
    sent = received;
    onProgress?.(sent, image.size);
  }
  return { id, name };
}

async function openSession(
  http: Http,
  { url, method, headers }: Omit<SignedUpload, 'id' | 'name'>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const response = await http.send(url, { method, headers, ...(signal && { signal }) });
  const session = response.headers.get('location');
  if (!response.ok || session === null) throw await errorOf(response);
  await discard(response);
  return session;
}

interface Piece {
  readonly session: string;
  readonly from: number;
  readonly signal?: AbortSignal;
}

function sendPiece(http: Http, image: Blob, { session, from, signal }: Piece): Promise<Response> {
  const to = Math.min(from + PIECE_BYTES, image.size);
  const headers = { 'content-range': `bytes ${from}-${to - 1}/${image.size}` };
  return http.sendOnce(session, {
    method: 'PUT',
    headers,
    body: image.slice(from, to),
    ...(signal && { signal }),
  });
}

/** From the answer to the last piece, or else by a question. */
async function receivedBytes(
  http: Http,
  session: string,
  size: number,
  last: Response | undefined,
): Promise<number> {
  const isKnown = last?.status === 308;
  const question = { method: 'PUT', headers: { 'content-range': `bytes */${size}` } };
  const response = isKnown ? last : await http.send(session, question);
  if (!response.ok && response.status !== 308) throw await errorOf(response);
  await discard(response);
  if (response.ok) return size;
  const [, end] = /^bytes=0-(\d+)$/.exec(response.headers.get('range') ?? '') ?? [];
  return end === undefined ? 0 : Number(end) + 1;
}
