import { InputError } from '../errors.js';

export interface FaultLog {
  error(line: object): void;
}

/**
 * Reads one document of many. A document that cannot be read is logged and left out, so that it does not end the list, the
 * report or the sweep that it is part of.
 *
 * @param document the path of the document
 * @returns undefined if `read` throws an `InputError`
 */
export function readable<T>(document: string, read: () => T, log: FaultLog): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    log.error({ outcome: 'unreadable-record', document, err: error });
    return undefined;
  }
}
