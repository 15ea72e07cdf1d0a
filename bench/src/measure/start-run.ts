/** Runs `npm start -- --once`, without the checks of npm and of the installed packages, and keeps what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { shellWord } from '@hangtag/emulators/shell-word.js';
import { PROJECT_ROOT } from '@hangtag/emulators/start/project-root.js';
import type { Summary } from '@hangtag/emulators/start/results.js';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import { START_FLAGS } from '../isolation.js';

const PROGRAM = join(PROJECT_ROOT, 'emulators', 'dist', 'start', 'main.js');
/** Far from the ports of a stack that a user runs. */
const PORT_BASE = 28_700;
/** `script` gives its terminal no size if it has none itself. */
const SET_SIZE = 'stty rows 40 columns 120';

export interface StartRun {
  readonly summary: Summary;
  /** All that was printed, without colours and cursor movements. */
  readonly text: string;
  /** Milliseconds from exec until the text matched. Only for short texts. @throws Error if it never did */
  printedAfter(pattern: RegExp): number;
}

interface Printed {
  readonly text: string;
  readonly afterMs: number;
}

export interface StartRequest {
  /** `terminal`: a pseudo-terminal, which needs `script` of util-linux. `pipe`: no terminal, so no table. */
  readonly output: 'terminal' | 'pipe';
  /** The working directory, an empty one. The stack keeps its data below it. */
  readonly folder: string;
  readonly options: readonly string[];
}

/** @throws Error with the end of the text if the exit code is not 0: an image has no label, or the stack did not start */
export async function startRun({ output, folder: cwd, options }: StartRequest): Promise<StartRun> {
  const json = join(cwd, 'results.json');
  const words = ['--once', '--no-open', '--port-base', String(PORT_BASE), '--json', json, ...options];
  const command = [process.execPath, ...START_FLAGS, PROGRAM, ...words];
  const startedAt = performance.now();
  const child = output === 'terminal' ? inTerminal(command, cwd) : inPipe(command, cwd);
  const printed: Printed[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed.push({ text, afterMs: performance.now() - startedAt });
  });
  const [code] = await once(child, 'close').catch((cause: unknown) => {
    throw new Error(`Expected to start ${child.spawnfile} but found ${describeSystemError(cause)}`, {
      cause,
    });
  });
  const text = textOf(printed);
  if (code !== 0) throw new Error(`Expected exit code 0 but received ${code}: ${text.slice(-1_000)}`);
  const { summary }: { summary: Summary } = JSON.parse(await readFile(json, 'utf8'));
  return { summary, text, printedAfter: (pattern) => timeOf(pattern, printed) };
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
  const found = printed.find((_, last) => pattern.test(textOf(printed.slice(0, last + 1))));
  if (found === undefined) throw new Error(`Expected ${pattern} on the screen but found ${textOf(printed)}`);
  return found.afterMs;
}

function textOf(printed: readonly Printed[]): string {
  return stripVTControlCharacters(printed.map(({ text }) => text).join(''));
}
