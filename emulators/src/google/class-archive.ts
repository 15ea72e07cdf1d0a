/**
 * An archive of the classes of an emulator (class data sharing), with which its JVM is ready after half the processor time. The first
 * run records its classes and writes them when it stops; later runs read them. A JVM that refuses an archive starts without it.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ChildExit } from '../processes/child.js';
import { PROJECT_ROOT } from '../start/project-root.js';
import { type JarProgram, JVM_FLAGS } from './programs.js';

/** `npm ci` empties it. */
export const ARCHIVES = join(PROJECT_ROOT, 'node_modules', '.cache', 'hangtag');

export interface ClassArchive {
  /** For the command line of the JVM. */
  readonly flag: string;
  /** Only if there is no archive yet: keeps what the run has recorded. */
  readonly keep?: (exit: ChildExit) => Promise<void>;
}

export interface ArchivePlace {
  readonly name: string;
  /** Of all archives. */
  readonly folder: string;
  /** The working directory of the JVM, in which it records. */
  readonly dataDirectory: string;
}

export async function classArchive(
  { jar, javaVersion }: JarProgram,
  { name, folder, dataDirectory }: ArchivePlace,
): Promise<ClassArchive> {
  const { size, mtimeMs } = await stat(jar);
  const madeFrom = [javaVersion, jar, size, mtimeMs, ...JVM_FLAGS].join('\n');
  const digest = createHash('sha256').update(madeFrom).digest('hex').slice(0, 16);
  const archive = join(folder, `${name}-${digest}.jsa`);
  if (existsSync(archive)) return { flag: `-XX:SharedArchiveFile=${archive}` };
  const recorded = join(dataDirectory, `${name}.jsa`);
  return {
    flag: `-XX:ArchiveClassesAtExit=${basename(recorded)}`,
    async keep(exit) {
      // A JVM that was killed may have written a part.
      if (exit.kind === 'code' && existsSync(recorded)) await copyInOneStep(recorded, archive);
      await rm(recorded, { force: true });
    },
  };
}

/** Another stack reads the old file or the whole new one. */
async function copyInOneStep(from: string, to: string): Promise<void> {
  const copy = `${to}.${process.pid}`;
  try {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, copy);
    await rename(copy, to);
  } catch {
    // A full disk, or a folder that cannot be written: the next run records again.
    await rm(copy, { force: true });
  }
}
