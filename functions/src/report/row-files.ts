/**
 * The files with a line for every image, all written in one pass:
 *
 *   images.csv               every image of the day
 *   inventory.csv            every labelled image, as stock systems take it in
 *   pick-lists/CATEGORY.csv  what is certain of one category
 */
import { createHash } from 'node:crypto';
import { isErased } from '@hangtag/shared/domain/erasure.js';
import { categoryOf, type DayRow, isOwnFile } from '@hangtag/shared/domain/report/day-row.js';
import type { FileStore } from '@hangtag/shared/ports/file-store.js';
import { CsvFile, type CsvOptions } from './csv-file.js';

/** Files open at once. A category beyond is written to `other.csv`: only corrections by hand can make so many. */
const MAX_PICK_LISTS = 100;

export interface RowFile {
  readonly name: string;
  readonly rows: number;
}

export interface RowFilesOptions extends CsvOptions {
  /** Folder of the day, with a slash at its end. */
  readonly folder: string;
  /** Code by category, where stock systems have their own. */
  readonly categoryCodes: Readonly<Record<string, string>>;
}

export class RowFiles {
  readonly #store: FileStore;
  readonly #options: RowFilesOptions;
  readonly #files = new Map<string, CsvFile>();
  readonly #pickLists = new Map<string, CsvFile>();

  constructor(store: FileStore, options: RowFilesOptions) {
    this.#store = store;
    this.#options = options;
    this.#open('images.csv', ['filename', 'category', 'confidence', 'status', 'timestamp', 'error']);
    this.#open('inventory.csv', ['return_id', 'category', 'category_code', 'confidence', 'auto_classified']);
  }

  async add(row: DayRow): Promise<void> {
    if (isOwnFile(row) || isErased(row)) return;
    const category = categoryOf(row);
    const confidence = row.confidence === null ? null : row.confidence.toFixed(4);
    const { name, status, reason } = row;
    const uploadedAt = new Date(row.uploadedAt).toISOString();
    await this.#files.get('images.csv')?.add([name, category, confidence, status, uploadedAt, reason]);
    if (category === null || (status !== 'done' && status !== 'review')) return;
    const id = row.ref ?? name;
    const isAutomatic = status === 'done' && category === row.category && row.tier === 'AUTO_PROCESS';
    const code = this.#options.categoryCodes[category] ?? codeOf(category);
    await this.#files.get('inventory.csv')?.add([id, category, code, confidence, isAutomatic]);
    if (status === 'done') await this.#pickList(category).add([id, name, category, confidence]);
  }

  async close(): Promise<readonly RowFile[]> {
    for (const file of this.#files.values()) await file.close();
    return [...this.#files].map(([name, { rows }]) => ({ name, rows })).sort(byName);
  }

  abort(): void {
    for (const file of this.#files.values()) file.abort();
  }

  #pickList(category: string): CsvFile {
    const file = this.#pickLists.get(category) ?? this.#choosePickList(category);
    this.#pickLists.set(category, file);
    return file;
  }

  #choosePickList(category: string): CsvFile {
    const isFull = this.#files.size >= MAX_PICK_LISTS;
    const name = `pick-lists/${isFull ? 'other' : fileNameOf(category)}.csv`;
    return this.#files.get(name) ?? this.#open(name, ['return_id', 'filename', 'category', 'confidence']);
  }

  #open(name: string, columns: readonly string[]): CsvFile {
    const sink = this.#store.create(`${this.#options.folder}${name}`, 'text/csv; charset=utf-8');
    const file = new CsvFile(sink, columns, this.#options);
    this.#files.set(name, file);
    return file;
  }
}

/** `T-shirt/top` becomes `T_SHIRT_TOP`: letters and digits of any script, so that no two usual categories meet. */
export function codeOf(category: string): string {
  return wordsOf(category).join('_').toUpperCase();
}

/** Readable, and different for different categories, whatever they contain. */
function fileNameOf(category: string): string {
  const digest = createHash('sha256').update(category).digest('hex').slice(0, 8);
  const words = wordsOf(category.slice(0, 40)).join('-').toLowerCase();
  return words === '' ? digest : `${words}-${digest}`;
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{Letter}\p{Number}]+/gu) ?? [];
}

function byName(a: RowFile, b: RowFile): number {
  return a.name < b.name ? -1 : 1;
}
