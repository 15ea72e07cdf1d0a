import { InputError } from '../errors.js';

/** An IANA name in the runtime's time zone data, `Europe/Berlin`. */
export type TimeZone = string & { readonly __brand: 'TimeZone' };

/** @throws {InputError} */
export function parseTimeZone(name: string): TimeZone {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) && (name as TimeZone);
  } catch (cause) {
    const message = `Expected an IANA name for the time zone but received "${name}"`;
    throw new InputError(message, { cause });
  }
}
