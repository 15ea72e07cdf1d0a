/** Requests of /predict, a given number of them in flight. */
import pMap from 'p-map';
import { formOf, type PredictRequest, predict } from './api-process.js';

export interface Load {
  readonly count: number;
  readonly inFlight: number;
}

export interface Driven {
  readonly latenciesMs: readonly number[];
  readonly perSecond: number;
}

/** Sends the requests in turn. */
export async function drive(
  url: string,
  requests: readonly PredictRequest[],
  { count, inFlight }: Load,
): Promise<Driven> {
  const turns = Array.from(
    { length: count },
    (_, index) => requests[index % requests.length] ?? formOf(Buffer.alloc(0)),
  );
  const startedAt = performance.now();
  const latenciesMs = await pMap(
    turns,
    async (request) => {
      const sentAt = performance.now();
      await predict(url, request);
      return performance.now() - sentAt;
    },
    { concurrency: inFlight },
  );
  return { latenciesMs, perSecond: count / ((performance.now() - startedAt) / 1_000) };
}

export interface Traffic {
  /** @returns answers per second @throws Error a request failed */
  stop(): Promise<number>;
}

/** Sends one request again and again until it is stopped. */
export function keepInFlight(url: string, request: PredictRequest, inFlight: number): Traffic {
  const startedAt = performance.now();
  let isStopped = false;
  let answers = 0;
  const callers = Array.from({ length: inFlight }, async () => {
    while (!isStopped) {
      await predict(url, request);
      answers += 1;
    }
  });
  const all = Promise.all(callers);
  // The rejection is handled by `stop`.
  all.catch(() => undefined);
  return {
    async stop() {
      isStopped = true;
      await all;
      return answers / ((performance.now() - startedAt) / 1_000);
    },
  };
}
