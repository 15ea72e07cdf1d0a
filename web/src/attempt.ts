import type { Signal } from '@preact/signals';

/** What people are shown of an error. */
export function reasonOf(error: unknown): string {
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
