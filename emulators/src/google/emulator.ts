import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Address, isFree } from '../processes/ports.js';
import {
  ProcessNotReady,
  type ProcessSpec,
  type SupervisedProcess,
  supervise,
} from '../processes/supervisor.js';
import { ARCHIVES, classArchive } from './class-archive.js';
import { type EmulatorProgram, emulatorCommand } from './programs.js';

/** The options that both emulators have. */
export interface EmulatorOptions {
  readonly program: EmulatorProgram;
  /** On loopback. */
  readonly address: Address;
  /** Logs go to `<dataDirectory>/logs`. */
  readonly dataDirectory: string;
  readonly maxHeapMiB?: number;
  /** Folder of the archives of classes. Default: that of the checkout. */
  readonly archives?: string;
  readonly onChange?: ProcessSpec['onChange'];
  readonly timing?: ProcessSpec['timing'];
}

const STOP_GRACE_MS = 2_000;
/** For a JVM that writes its archive of classes: that takes Firestore's 2 s of processor time, and took up to 33 s at a load of 20. */
const RECORDING_STOP_GRACE_MS = 35_000;

type Particulars = Pick<ProcessSpec, 'name' | 'args' | 'untilReady' | 'beforeStop'>;

/** Runs one emulator under supervision. @throws ProcessNotReady */
export async function superviseEmulator(
  options: EmulatorOptions & { readonly maxHeapMiB: number },
  particulars: Particulars,
): Promise<SupervisedProcess> {
  // Otherwise a foreign process on the port would answer the readiness check before this emulator has failed.
  const { host, port } = options.address;
  if (!(await isFree(port, host)))
    throw new ProcessNotReady(`Expected port ${port} for ${particulars.name} to be free but it is taken`);
  const { program, dataDirectory, archives: folder = ARCHIVES, onChange } = options;
  const flags = [await writeHosts(host, dataDirectory)];
  // A script chooses the jar itself.
  const archive =
    program.kind === 'jar'
      ? await classArchive(program, { name: particulars.name, folder, dataDirectory })
      : undefined;
  if (archive !== undefined) flags.push(archive.flag);
  const { command, args, env } = emulatorCommand(program, options.maxHeapMiB, flags);
  const stopGraceMs = archive?.keep === undefined ? STOP_GRACE_MS : RECORDING_STOP_GRACE_MS;
  // A short grace period: the data were saved by `beforeStop`, and open streams would delay the exit.
  const timing = { stopGraceMs, ...options.timing };
  return supervise({
    ...particulars,
    command,
    args: () => [...args, `--host=${host}`, `--port=${port}`, ...particulars.args()],
    env: { ...process.env, ...env },
    cwd: dataDirectory,
    logFile: join(dataDirectory, 'logs', `${particulars.name}.log`),
    timing,
    ...(archive?.keep && { afterStop: archive.keep }),
    ...(onChange && { onChange }),
  });
}

/**
 * For REST, the Pub/Sub emulator connects to its own gRPC port at `localhost`, whatever address it listens on.
 *
 * @returns the flag with which the JVM resolves `localhost` as this address. It is relative: a path may contain spaces
 */
async function writeHosts(address: string, directory: string): Promise<string> {
  const file = join('logs', `${address}.hosts`);
  await mkdir(join(directory, 'logs'), { recursive: true });
  await writeFile(join(directory, file), `${address} localhost\n`);
  return `-Djdk.net.hosts.file=${file}`;
}
