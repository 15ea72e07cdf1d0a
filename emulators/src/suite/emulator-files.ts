/**
 * Writes two files with which firebase-tools starts the emulators that were found: a jar for `java -jar`, and a script for
 * Pub/Sub. firebase-tools cannot use the found files directly, because it sets their mode, which fails if another user owns them.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { type EmulatorProgram, emulatorCommand } from '../google/programs.js';
import type { EmulatorSearch } from '../google/resolve.js';
import { shellWord } from '../shell-word.js';
import { shimJar } from './shim-jar.js';

const PUBSUB_MAX_HEAP_MIB = 256;
const EXECUTABLE = 0o755;

type FoundEmulators = Extract<EmulatorSearch, { kind: 'found' }>;

/**
 * @param folder absolute
 * @returns the variables with which firebase-tools finds the files
 * @throws {UnavailableError}
 */
export async function writeEmulatorFiles({ firestore, pubsub }: FoundEmulators, folder: string) {
  const files = {
    FIRESTORE_EMULATOR_BINARY_PATH: join(folder, 'firestore-emulator.jar'),
    PUBSUB_EMULATOR_BINARY_PATH: join(folder, 'pubsub-emulator'),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(files.FIRESTORE_EMULATOR_BINARY_PATH, firestoreShim(firestore));
  await writeFile(files.PUBSUB_EMULATOR_BINARY_PATH, launchScript(pubsub), { mode: EXECUTABLE });
  return files;
}

function firestoreShim(program: EmulatorProgram): Uint8Array {
  if (program.kind === 'jar' && program.mainClass !== undefined)
    return shimJar({ jar: program.jar, mainClass: program.mainClass });
  throw new UnavailableError(
    `Expected the jar of the Firestore emulator, which the suite runs itself, but found ${program.kind === 'jar' ? program.jar : program.script}: name the jar in FIRESTORE_EMULATOR_BINARY_PATH`,
  );
}

/** @returns a script that runs the program with the script's arguments */
export function launchScript(program: EmulatorProgram): string {
  const { command, args, env } = emulatorCommand(program, PUBSUB_MAX_HEAP_MIB);
  const variables = Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value ?? '')}`);
  return ['#!/bin/sh', ...variables, `exec ${[command, ...args].map(shellWord).join(' ')} "$@"`, ''].join(
    '\n',
  );
}
