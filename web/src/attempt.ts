import { HangtagApiError } from '@hangtag/client';
import type { Signal } from '@preact/signals';
import { apiErrorText } from './strings.js';

/** What people are shown of an error. */
export function reasonOf(error: unknown): string {
  if (error instanceof HangtagApiError) return apiErrorText(error);
  return error instanceof Error ? error.message : String(error);
}

/** By the rules of Firestore. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'permission-denied';
}

/** @param failure is emptied, and gets the reason if the work fails */
export async function attempt(failure: Signal<string>, work: () => Promise<unknown>): Promise<void> {
  failure.value = '';
  try {
    await work();
  } catch (error) {
    failure.value = reasonOf(error);
  }
}
