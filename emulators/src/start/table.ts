/** The live table: the latest images above one progress line. Plain lines where the output is not a terminal. */
import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import type { ImageResult, Results } from './results.js';
import { isSettled } from './results.js';

/** Where rows are shown as they change. */
export interface Display {
  show(row: ImageResult): void;
  /** Leaves the last state on the screen; whatever is shown next begins below it. */
  finish(): void;
}

const COLUMNS = { name: 44, status: 10, category: 16, confidence: 12, ms: 8 } as const;
const REFRESH_MS = 100;
/** Terminal lines kept free for the progress line, the head and the prompt. */
const MARGIN_LINES = 8;

export function openDisplay(results: Results, output: NodeJS.WriteStream): Display {
  return output.isTTY ? liveTable(results, output) : plainLines(results, output);
}

function plainLines(results: Results, output: NodeJS.WriteStream): Display {
  // The listener says some things twice; a row that is news is another object.
  const shown = new WeakSet<ImageResult>();
  return {
    show: (row) => {
      if (!isSettled(row.status) || shown.has(row)) return;
      shown.add(row);
      output.write(`${plainLine(row)}\n`);
    },
    finish: () => output.write(`${progressLine(results)}\n`),
  };
}

function liveTable(results: Results, output: NodeJS.WriteStream): Display {
  const recent = new Map<string, ImageResult>();
  const write = createLogUpdate(output);
  let timer: NodeJS.Timeout | undefined;
  const render = () => write(`${tableOf([...recent.values()])}\n${progressLine(results)}`);
  return {
    show: (row) => {
      timer ??= setInterval(render, REFRESH_MS).unref();
      // Deleted first, so that what changed last stands last.
      recent.delete(row.name);
      recent.set(row.name, row);
      const fits = Math.max(3, (output.rows ?? 24) - MARGIN_LINES);
      for (const name of [...recent.keys()].slice(0, -fits)) recent.delete(name);
    },
    finish: () => {
      clearInterval(timer);
      timer = undefined;
      render();
      write.done();
      recent.clear();
    },
  };
}

function tableOf(rows: readonly ImageResult[]): string {
  const table = new Table({
    head: ['name', 'status', 'category', 'confidence', 'ms'],
    colWidths: Object.values(COLUMNS),
    colAligns: ['left', 'left', 'left', 'right', 'right'],
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
    category ?? reason ?? '',
    confidence === null ? '' : `${(100 * confidence).toFixed(1)} %`,
    ms === null ? '' : String(Math.round(ms)),
  ];
}

function plainLine(row: ImageResult): string {
  const [name = '', status = '', category = '', confidence = '', ms = ''] = cells(row);
  const word = row.category === null || row.reason === null ? category : `${category} (${row.reason})`;
  return `${status.padEnd(8)} ${word.padEnd(32)} ${confidence.padStart(8)} ${`${ms} ms`.padStart(9)}  ${name}`;
}

function progressLine(results: Results): string {
  const { images, waiting } = results.summary();
  const settled = images - waiting;
  const share = images === 0 ? 0 : settled / images;
  const bar = '█'.repeat(Math.round(24 * share)).padEnd(24, '░');
  return `${bar} ${settled} of ${images} images have their label`;
}

/** A name as one line of print: what would move the cursor, reorder or break the line is shown as its code point. */
export function visible(name: string): string {
  return name.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
