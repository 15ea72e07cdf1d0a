/**
 * ONNX Runtime, without telemetry: from 1.29 on its builds report sessions, model names and hashes to Microsoft unless this
 * is set before its first session, keep a database below `~/.cache` and leave a file in `/tmp` for each process
 * (https://github.com/microsoft/onnxruntime/pull/27379). A thread that imports this needs `env: SHARE_ENV`.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';

import { posix } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { externalDataOf } from './onnx-files.js';

/** Opens a network from its files. Paths of weights are relative to the network, not to the working directory. */
export async function openSession(
  entry: string,
  files: ReadonlyMap<string, Uint8Array>,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const network = bytesOf(files, entry);
  const externalData = externalDataOf(network).map((path) => ({
    path,
    data: bytesOf(files, posix.join(posix.dirname(entry), path)),
  }));
  try {
    return await InferenceSession.create(network, { ...options, externalData, logSeverityLevel: 3 });
  } catch (cause) {
    throw new Error(withoutPlace(cause), { cause });
  }
}

/** Some messages begin with the place in the library: a file, a line and the signature of a C++ function. */
function withoutPlace(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\/onnxruntime_src\/.*?\) (?=[A-Z])/s, '').trim();
}

function bytesOf(files: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error(`Expected the file ${path}`);
  return bytes;
}

export { InferenceSession, Tensor } from 'onnxruntime-node';
