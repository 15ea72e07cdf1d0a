import { type ResourceLimits, SHARE_ENV, Worker } from 'node:worker_threads';

export interface ThreadOptions {
  /** Ends the thread. */
  readonly signal?: AbortSignal;
  readonly resourceLimits?: ResourceLimits;
}

/**
 * Runs a module in a thread and ends the thread after its first message. An error that the thread sends loses its class.
 *
 * @returns the message
 * @throws the reason of the signal, or the error that ended the thread
 */
export async function answerOfThread<Answer>(
  module: URL,
  workerData: unknown,
  { signal, resourceLimits }: ThreadOptions = {},
): Promise<Answer> {
  signal?.throwIfAborted();
  // With variables of its own, a thread could not turn off the telemetry of ONNX Runtime, which reads those of the process.
  const thread = new Worker(module, {
    workerData,
    env: SHARE_ENV,
    ...(resourceLimits && { resourceLimits }),
  });
  const stop = () => void thread.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<Answer>((resolve, reject) => {
      thread.once('message', resolve);
      thread.on('error', reject);
      thread.once('exit', (code) =>
        reject(signal?.reason ?? new Error(`Expected an answer but the thread ended with ${code}`)),
      );
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await thread.terminate();
  }
}
