/**
 * Runs the bundled declarations with the code that V8 compiled for them before, which `compile.mjs` has written: reading and compiling
 * the source is a third of the processor time of a cold start. V8 verifies that this code is of its own version and flags, and of
 * a source of this length. It does not verify the content, and a damaged file ends the process; so a checksum does. Without code that
 * it may use, V8 compiles the source.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

const SCRIPT = new URL('declarations.cjs', import.meta.url);
/** Of the size of the heap. V8 accepts no code that it compiled with other flags. */
const FLAGS = process.execArgv.filter((flag) => /^--[a-z-]+-size=\d+$/.test(flag));
const COMPILED = new URL(`compiled/flags${FLAGS.join('')}`, import.meta.url);

const CHECKSUM_BYTES = 4;

/** @returns what the script exports, and how its compiled code is written */
export function runScript() {
  const filename = fileURLToPath(SCRIPT);
  const source = readFileSync(SCRIPT);
  const checksum = crc32(source);
  const script = new Script(source.toString('latin1'), { filename, cachedData: readCompiled(checksum) });
  const module = { exports: {} };
  const directory = fileURLToPath(new URL('.', SCRIPT));
  script.runInThisContext()(module.exports, createRequire(SCRIPT), module, filename, directory, SCRIPT.href);
  return {
    ...module.exports,
    /** Whether V8 used the compiled code. */
    isCompiled: script.cachedDataRejected === false,
    /** Writes the compiled code of all functions that have run so far. */
    writeCompiled: () => writeCompiled(checksum, script.createCachedData()),
  };
}

/**
 * @param seed checksum of the source; that of the file is of both
 * @returns undefined if there is no such file, or if it is damaged or of another source
 */
function readCompiled(seed) {
  const file = readIfExists(COMPILED);
  if (file === undefined || file.length < CHECKSUM_BYTES) return undefined;
  const code = file.subarray(CHECKSUM_BYTES);
  return file.readUInt32LE() === crc32(code, seed) ? code : undefined;
}

function writeCompiled(seed, code) {
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32LE(crc32(code, seed));
  mkdirSync(new URL('.', COMPILED), { recursive: true });
  const next = new URL(`${COMPILED.href}.${process.pid}`);
  writeFileSync(next, Buffer.concat([checksum, code]));
  renameSync(next, COMPILED);
}

function readIfExists(url) {
  try {
    return readFileSync(url);
  } catch {
    return undefined;
  }
}
