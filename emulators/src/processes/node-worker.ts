import { untilAnswering } from './readiness.js';
import { type ProcessSpec, type SupervisedProcess, supervise } from './supervisor.js';

/** A Node.js program that answers `GET /healthz` on its port with 2xx when it is ready. */
export interface NodeWorkerSpec
  extends Pick<ProcessSpec, 'name' | 'env' | 'cwd' | 'logFile' | 'onChange' | 'timing'> {
  /** The path of the program, followed by its arguments. */
  readonly program: readonly string[];
  readonly port: number;
}

/** Starts a supervised Node.js program with the caller's version of Node.js. @throws ProcessNotReady */
export function superviseNodeWorker(spec: NodeWorkerSpec): Promise<SupervisedProcess> {
  const { program, port, ...common } = spec;
  return supervise({
    ...common,
    command: process.execPath,
    args: () => program,
    untilReady: (signal) => untilAnswering(`http://127.0.0.1:${port}/healthz`, signal),
  });
}
