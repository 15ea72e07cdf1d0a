/** Runs `npm start -- --once` without npm's checks, in a folder of its own, and keeps what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { shellWord } from '@hangtag/emulators/shell-word.js';
import { PROJECT_ROOT } from '@hangtag/emulators/start/project-root.js';
import type { Summary } from '@hangtag/emulators/start/results.js';
import { START_FLAGS } from '../isolation.js';

const PROGRAM = join(PROJECT_ROOT, 'emulators', 'dist', 'start', 'main.js');
/** Far from the ports of a stack that a user runs. */
const PORT_BASE = 28_700;
/** `script` gives its terminal no size if it has none itself. */
const SET_SIZE = 'stty rows 40 columns 120';

export interface StartRun {
  readonly summary: Summary;
  /** Milliseconds from exec until the printed text, without colours and cursor movements, matched. @throws Error if it never did */
  printedAfter(pattern: RegExp): number;
}

interface Printed {
  readonly text: string;
  readonly afterMs: number;
}

/**
 * @param output `terminal`: a pseudo-terminal, which needs `script` of util-linux. `pipe`: no terminal, so no table
 * @throws Error if an image has no label, or the exit code is another one than 0
 */
export async function startRun(output: 'terminal' | 'pipe', options: readonly string[]): Promise<StartRun> {
  // `npm start` keeps its data below the working directory.
  const cwd = await mkdtemp(join(tmpdir(), 'start-'));
  const json = join(cwd, 'results.json');
  const words = ['--once', '--no-open', '--port-base', String(PORT_BASE), '--json', json, ...options];
  const command = [process.execPath, ...START_FLAGS, PROGRAM, ...words];
  const startedAt = performance.now();
  const child = output === 'terminal' ? inTerminal(command, cwd) : inPipe(command, cwd);
  const printed: Printed[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed.push({ text, afterMs: performance.now() - startedAt });
  });
  const [code] = await once(child, 'close');
  const all = textOf(printed);
  if (code !== 0) throw new Error(`Expected exit code 0 but received ${code}: ${all.slice(-1_000)}`);
  const { summary }: { summary: Summary } = JSON.parse(await readFile(json, 'utf8'));
  return { summary, printedAfter: (pattern) => timeOf(pattern, printed) };
}

function inPipe([program = '', ...words]: readonly string[], cwd: string): ChildProcess {
  return spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 2] });
}

function inTerminal(command: readonly string[], cwd: string): ChildProcess {
  const line = `${SET_SIZE}; exec ${command.map(shellWord).join(' ')}`;
  return spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    cwd,
    stdio: ['ignore', 'pipe', 2],
  });
}

function timeOf(pattern: RegExp, printed: readonly Printed[]): number {
  const index = printed.findIndex((_, end) => pattern.test(textOf(printed.slice(0, end + 1))));
  const found = printed[index];
  if (found === undefined) throw new Error(`Expected ${pattern} on the screen but found ${textOf(printed)}`);
  return found.afterMs;
}

function textOf(printed: readonly Printed[]): string {
  return stripVTControlCharacters(printed.map(({ text }) => text).join(''));
}
