import type { ProcessSpec, SupervisedProcess } from './supervisor.js';
import { supervise } from './supervisor.js';
import { untilAnswering } from './until-answering.js';

/** A Node program that answers `GET /healthz` on its port with 2xx once it can do its work. */
export interface NodeWorkerSpec
  extends Pick<ProcessSpec, 'name' | 'env' | 'cwd' | 'logFile' | 'onChange' | 'timing'> {
  /** Path of the program, followed by its arguments. */
  readonly program: readonly string[];
  readonly port: number;
}

/** Starts a Node program under supervision, with the Node that runs the caller. @throws ProcessNotReady */
export function superviseNodeWorker(spec: NodeWorkerSpec): Promise<SupervisedProcess> {
  const { program, port, ...common } = spec;
  return supervise({
    ...common,
    command: process.execPath,
    args: () => program,
    untilReady: (signal) => untilAnswering(`http://127.0.0.1:${port}/healthz`, signal),
  });
}
