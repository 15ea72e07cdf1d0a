import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request to the function. */
export interface SeenRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

/** Returns the status of the answer, now or later. */
export type Answer = (request: SeenRequest) => number | Promise<number>;

export interface RecordingFunction {
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  readonly mostAtOnce: number;
  stop(): Promise<void>;
}

/** An HTTP function that records its requests. */
export async function recordingFunction(answer: Answer, wantedPort = 0): Promise<RecordingFunction> {
  const seen: SeenRequest[] = [];
  const count = { now: 0, most: 0 };
  const server = createServer(async (request, response) => {
    count.most = Math.max(count.most, ++count.now);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    const one = { method: request.method ?? '', headers: request.headers, body, atMs: performance.now() };
    seen.push(one);
    response.statusCode = await answer(one);
    response.end(() => (count.now -= 1));
  });
  server.listen(wantedPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    seen,
    get mostAtOnce() {
      return count.most;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
