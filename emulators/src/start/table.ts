/** The live table: the latest images above one progress line. Plain lines if the output is not a terminal. */
import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import { visible } from '../visible.js';
import type { ImageResult, Results } from './results.js';
import { isSettled } from './results.js';

/** Shows rows as they change. */
export interface Display {
  show(row: ImageResult): void;
  /** Prints a line above the table. */
  say(line: string): void;
  /** Leaves the table on the screen. Later output begins below it. */
  finish(): void;
}

const COLUMNS = { status: 10, category: 14, reason: 18, confidence: 12, ms: 8 } as const;
const NAME_WIDTH = { min: 16, max: 44 } as const;
const BORDERS = 7;
const REFRESH_MS = 100;
/** Terminal lines kept free for the progress line, the head and the prompt. */
const MARGIN_LINES = 8;

export function openDisplay(results: Results, output: NodeJS.WriteStream): Display {
  return output.isTTY ? liveTable(results, output) : plainLines(results, output);
}

function plainLines(results: Results, output: NodeJS.WriteStream): Display {
  // Unchanged rows can be shown again. A changed row is a new object.
  const shown = new WeakSet<ImageResult>();
  return {
    show: (row) => {
      if (!isSettled(row.status) || shown.has(row)) return;
      shown.add(row);
      output.write(`${plainLine(row)}\n`);
    },
    say: (line) => output.write(`${line}\n`),
    finish: () => output.write(`${progressLine(results)}\n`),
  };
}

function liveTable(results: Results, output: NodeJS.WriteStream): Display {
  const recent = new Map<string, ImageResult>();
  const write = createLogUpdate(output);
  let timer: NodeJS.Timeout | undefined;
  const render = () =>
    write(`${tableOf([...recent.values()], output.columns ?? 80)}\n${progressLine(results)}`);
  return {
    show: (row) => {
      timer ??= setInterval(render, REFRESH_MS).unref();
      // Deleted first, so that the latest change is the last row.
      recent.delete(row.name);
      recent.set(row.name, row);
      const fits = Math.max(3, (output.rows ?? 24) - MARGIN_LINES);
      for (const name of [...recent.keys()].slice(0, -fits)) recent.delete(name);
    },
    say: (line) => {
      write.clear();
      output.write(`${line}\n`);
      if (timer !== undefined) render();
    },
    finish: () => {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      render();
      write.done();
      recent.clear();
    },
  };
}

function tableOf(rows: readonly ImageResult[], columns: number): string {
  const others = Object.values(COLUMNS).reduce((sum, width) => sum + width, BORDERS);
  const name = Math.min(NAME_WIDTH.max, Math.max(NAME_WIDTH.min, columns - others));
  const table = new Table({
    head: ['name', ...Object.keys(COLUMNS)],
    colWidths: [name, ...Object.values(COLUMNS)],
    colAligns: ['left', 'left', 'left', 'left', 'right', 'right'],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: ['bold'], border: ['gray'] },
  });
  table.push(...rows.map(cells));
  return table.toString();
}

function cells({ name, status, reason, category, confidence, ms }: ImageResult): string[] {
  return [
    visible(name),
    status,
    category ?? '',
    reason ?? '',
    confidence === null ? '' : `${(100 * confidence).toFixed(1)} %`,
    ms === null ? '' : String(Math.round(ms)),
  ];
}

function plainLine(row: ImageResult): string {
  const [name = '', status = '', category = '', reason = '', confidence = '', ms = ''] = cells(row);
  const label = category !== '' && reason !== '' ? `${category} (${reason})` : category || reason;
  const time = ms === '' ? '' : `${ms} ms`;
  return `${status.padEnd(8)} ${label.padEnd(32)} ${confidence.padStart(8)} ${time.padStart(9)}  ${name}`;
}

function progressLine(results: Results): string {
  const { images, waiting, labelled } = results.summary();
  const settled = images - waiting;
  const share = images === 0 ? 0 : settled / images;
  const bar = '█'.repeat(Math.round(24 * share)).padEnd(24, '░');
  return `${bar} ${labelled} of ${images} images have a label, ${settled - labelled} have none, ${waiting} wait`;
}
