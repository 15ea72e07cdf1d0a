/** Options whose values are paths. They are checked before the command does anything. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import { type Option, text } from './command-options.js';

type PathOption = Option<string | undefined>;

export function folder(help: string): PathOption {
  return checkedPath({ value: 'DIR', help, expected: 'a folder that can be read', faultOf: folderFault });
}

export function file(value: string, help: string): PathOption {
  return checkedPath({ value, help, expected: 'a file that can be read', faultOf: fileFault });
}

/** A file that the command writes. */
export function newFile(value: string, help: string): PathOption {
  return checkedPath({ value, help, expected: 'a file that can be written', faultOf: newFileFault });
}

/** @returns why it is not a folder that can be read */
function folderFault(path: string): string | undefined {
  return faultOfAccess(() => {
    if (!statSync(path).isDirectory()) return 'not a folder';
    accessSync(path, constants.R_OK | constants.X_OK);
    return undefined;
  });
}

/** @returns why it is not a file that can be read */
function fileFault(path: string): string | undefined {
  return faultOfAccess(() => {
    if (!statSync(path).isFile()) return 'not a file';
    accessSync(path, constants.R_OK);
    return undefined;
  });
}

function newFileFault(path: string): string | undefined {
  return faultOfAccess(() => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) return 'a folder';
    const place = dirname(path);
    if (found === undefined && !statSync(place, { throwIfNoEntry: false })?.isDirectory())
      return `no folder ${place}`;
    accessSync(found === undefined ? place : path, constants.W_OK);
    return undefined;
  });
}

function faultOfAccess(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    return describeSystemError(error);
  }
}

interface PathRule {
  readonly value: string;
  readonly help: string;
  readonly expected: string;
  faultOf(path: string): string | undefined;
}

function checkedPath({ value, help, expected, faultOf }: PathRule): PathOption {
  const plain = text(value, help);
  const explain = (path: string) => (path === '' ? undefined : faultOf(path));
  const read: PathOption['read'] = (texts) => {
    const found = plain.read(texts);
    return found?.is !== undefined && explain(found.is) !== undefined ? undefined : found;
  };
  return { value, help, expected, read, explain };
}
