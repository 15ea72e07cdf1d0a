/** The programs that a deployment runs: terraform, gcloud, docker, firebase and npm. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UnavailableError } from '@hangtag/shared/errors.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Ran {
  readonly status: number;
  /** Standard output, without white space at its ends. */
  readonly out: string;
}

/** Runs a program at the root of the repository and keeps what it prints. A program that does not exist has the status 127. */
export function ask(program: string, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.once('error', () => resolve({ status: 127, out: '' }));
    child.once('close', (status) => resolve({ status: status ?? 1, out: out.trim() }));
  });
}

/** Runs a program and shows what it prints. @throws {UnavailableError} it fails */
export async function show(program: string, ...args: readonly string[]): Promise<void> {
  const status = await new Promise<number | null>((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', () => resolve(127));
    child.once('close', resolve);
  });
  if (status !== 0)
    throw new UnavailableError(
      `Expected ${program} ${args.slice(0, 2).join(' ')} to succeed but received the exit code ${status}`,
    );
}
