import { pause } from './pause.js';

const POLL_MS = 25;

/** Asks until a GET of the URL is answered with a 2xx status; gives up quietly when the signal is aborted. */
export async function untilAnswering(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (await answers(url, signal)) return;
    await pause(POLL_MS, signal);
  }
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
