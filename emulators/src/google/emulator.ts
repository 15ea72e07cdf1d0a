import { join } from 'node:path';
import { type ProcessSpec, type SupervisedProcess, supervise } from '../processes/supervisor.js';
import { type EmulatorProgram, emulatorCommand } from './programs.js';

/** What both emulators are started with. */
export interface EmulatorOptions {
  readonly program: EmulatorProgram;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Logs go to `<dataDirectory>/logs`. */
  readonly dataDirectory: string;
  readonly maxHeapMiB?: number;
  readonly onChange?: ProcessSpec['onChange'];
  readonly timing?: ProcessSpec['timing'];
}

type Particulars = Pick<ProcessSpec, 'name' | 'args' | 'untilReady' | 'beforeStop'>;

/** Runs one emulator under supervision. @throws ProcessNotReady */
export function superviseEmulator(
  options: EmulatorOptions & { readonly maxHeapMiB: number },
  particulars: Particulars,
): Promise<SupervisedProcess> {
  const { command, args, env } = emulatorCommand(options.program, options.maxHeapMiB);
  const { onChange, timing } = options;
  return supervise({
    ...particulars,
    command,
    args: () => [...args, ...particulars.args()],
    env: { ...process.env, ...env },
    cwd: options.dataDirectory,
    logFile: join(options.dataDirectory, 'logs', `${particulars.name}.log`),
    ...(onChange && { onChange }),
    ...(timing && { timing }),
  });
}
