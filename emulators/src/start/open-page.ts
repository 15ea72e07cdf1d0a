/** Opens the page of the stack in the browser, where a person at a desktop started it. */
import { spawn } from 'node:child_process';

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
}

const OPENERS: { readonly [platform in NodeJS.Platform]?: string } = { linux: 'xdg-open', darwin: 'open' };

/** The program that opens an address in the browser. @returns undefined where no desktop is there */
export function openerOf({ platform, env, isTerminal }: Surroundings): string | undefined {
  const isAway = ['CI', 'SSH_CONNECTION', 'SSH_TTY'].some((name) => env[name]);
  const hasDesktop = platform !== 'linux' || ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => env[name]);
  return isTerminal && hasDesktop && !isAway ? OPENERS[platform] : undefined;
}

/** If it fails, nothing is said: the address is printed anyway. */
export function openPage(url: string, opener: string): void {
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
