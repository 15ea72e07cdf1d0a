import { HangtagApiError } from '@hangtag/client';
import type { Signal } from '@preact/signals';
import { apiErrorText, serviceErrorText, strings } from './strings.js';

/** What people are shown of an error, in the language of the page. */
export interface Failure {
  readonly text: string;
  /** What a service or the browser says of it, in English; absent if the text says as much. */
  readonly details?: string;
}

/** An error whose message is in the language of the page. */
export class PageError extends Error {}

export function failureOf(error: unknown): Failure {
  if (error instanceof PageError) return { text: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof HangtagApiError) {
    const text = apiErrorText(error);
    return text === message ? { text } : { text, details: message };
  }
  const code = codeOf(error);
  if (code === undefined) return { text: strings.pageFault, details: message };
  const text = serviceErrorText(code);
  return Object.hasOwn(strings.serviceErrors, code) ? { text } : { text, details: message };
}

/** Such as `auth/invalid-action-code`. The code of a `DOMException` is a number that its name explains. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof DOMException) return error.name;
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** By the rules of Firestore. */
export function isRefused(error: unknown): boolean {
  return codeOf(error) === 'permission-denied';
}

/** `fetch`; browsers name its failure differently, and in English. @throws {PageError} no answer came */
export async function fetchAnswer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  return fetch(input, init).catch((cause: unknown) => {
    throw new PageError(strings.noAnswer, { cause });
  });
}

/** @param failure is emptied, and gets the reason if the work fails */
export async function attempt(
  failure: Signal<Failure | undefined>,
  work: () => Promise<unknown>,
): Promise<void> {
  failure.value = undefined;
  try {
    await work();
  } catch (error) {
    failure.value = failureOf(error);
  }
}
