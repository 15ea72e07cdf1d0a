/**
 * The files that have a line for every image, all written in one pass:
 *
 *   images.csv               every image of the day
 *   inventory.csv            every labelled image, for import into a stock system
 *   pick-lists/CATEGORY.csv  the images of one category that need no review
 *   trial.csv                the images that a model on trial gives another category
 *   unlike.csv               the images that look unlike the pictures that the model was measured on
 *   colours.csv              the colours of each labelled image that has a palette
 *   owners.jsonl             which of them have an owner: see owner-rows.ts
 */
import { createHash } from 'node:crypto';
import { isErased } from '@hangtag/shared/domain/erasure.js';
import { nameOfVersion } from '@hangtag/shared/domain/model-version.js';
import { colourOf } from '@hangtag/shared/domain/palette.js';
import { categoryOf, type DayRow } from '@hangtag/shared/domain/report/day-row.js';
import { isUnlike } from '@hangtag/shared/domain/typicality.js';
import type { FileStore } from '@hangtag/shared/ports/file-store.js';
import { type CsvFile, type CsvOptions, csvFile } from './csv-file.js';
import { OWNERS_FILE, type OwnerRows, ownerRows } from './owner-rows.js';

const TRIAL_COLUMNS = [
  'filename',
  'category',
  'confidence',
  'trial_model',
  'trial_category',
  'trial_confidence',
  'judged',
];
const UNLIKE_COLUMNS = ['filename', 'category', 'confidence', 'status', 'typicality'];
const COLOUR_COLUMNS = ['filename', 'category', 'colour', 'name', 'share'];
/** Every row file but the pick lists. */
export const ROW_FILES = [
  'images.csv',
  'inventory.csv',
  'trial.csv',
  'unlike.csv',
  'colours.csv',
  OWNERS_FILE,
] as const;
type CsvName = Exclude<(typeof ROW_FILES)[number], typeof OWNERS_FILE> | `pick-lists/${string}.csv`;

/** Further categories are written to `other.csv`. Files of so many categories are open at once. */
const MAX_PICK_LISTS = 98;

export interface RowFile {
  readonly name: string;
  readonly rows: number;
}

export interface RowFilesOptions extends CsvOptions {
  /** Folder of the day, ending in a slash. */
  readonly folder: string;
  /** Whether there is a file for each category. */
  readonly pickLists: 'one-each' | 'none';
  /** The code of a stock system, by category. */
  readonly categoryCodes: ReadonlyMap<string, string>;
}

export class RowFiles {
  readonly #store: FileStore;
  readonly #options: RowFilesOptions;
  readonly #files = new Map<string, CsvFile | OwnerRows>();
  readonly #images: CsvFile;
  readonly #inventory: CsvFile;
  readonly #pickLists = new Map<string, CsvFile>();
  #otherPickList: CsvFile | undefined;
  #trial: CsvFile | undefined;
  #unlike: CsvFile | undefined;
  #colours: CsvFile | undefined;
  #ownerRows: OwnerRows | undefined;

  constructor(store: FileStore, options: RowFilesOptions) {
    this.#store = store;
    this.#options = options;
    this.#images = this.#open('images.csv', [
      'filename',
      'category',
      'confidence',
      'status',
      'timestamp',
      'error',
    ]);
    this.#inventory = this.#open('inventory.csv', [
      'return_id',
      'category',
      'category_code',
      'confidence',
      'auto_classified',
    ]);
  }

  async add(row: DayRow): Promise<void> {
    if (isErased(row)) return;
    const { owner, name } = row;
    if (owner !== null) await this.#openOwnerRows().add({ owner, name });
    const category = categoryOf(row);
    const confidence = row.confidence === null ? null : row.confidence.toFixed(4);
    const { status, reason } = row;
    const uploadedAt = new Date(row.uploadedAt).toISOString();
    await this.#images.add([name, category, confidence, status, uploadedAt, reason]);
    if (category === null || (status !== 'done' && status !== 'review')) return;
    await this.#addTrial(row);
    await this.#addUnlike(row);
    await this.#addColours(row);
    const id = row.ref ?? name;
    const isAutomatic = status === 'done' && category === row.category && row.tier === 'AUTO_PROCESS';
    const code = this.#options.categoryCodes.get(category) ?? codeOf(category);
    await this.#inventory.add([id, category, code, confidence, isAutomatic]);
    if (status === 'done' && this.#options.pickLists === 'one-each')
      await this.#pickList(category).add([id, name, category, confidence]);
  }

  async close(): Promise<readonly RowFile[]> {
    for (const file of this.#files.values()) await file.close();
    return [...this.#files].map(([name, { rows }]) => ({ name, rows })).sort(byName);
  }

  abort(): void {
    for (const file of this.#files.values()) file.abort();
  }

  async #addTrial({ name, category, confidence, shadow, correction, generation }: DayRow): Promise<void> {
    if (!shadow || shadow.category === category) return;
    this.#trial ??= this.#open('trial.csv', TRIAL_COLUMNS);
    const judged = correction?.generation === generation ? correction.category : null;
    const active = [category, confidence?.toFixed(4) ?? null];
    const onTrial = [nameOfVersion(shadow.model), shadow.category, shadow.confidence.toFixed(4)];
    await this.#trial.add([name, ...active, ...onTrial, judged]);
  }

  async #addUnlike({ name, category, confidence, status, typicality = null }: DayRow): Promise<void> {
    if (typicality === null || !isUnlike(typicality)) return;
    this.#unlike ??= this.#open('unlike.csv', UNLIKE_COLUMNS);
    await this.#unlike.add([name, category, confidence?.toFixed(4) ?? null, status, typicality.toFixed(4)]);
  }

  /** One row for each colour of the palette, the main colour first. */
  async #addColours(row: DayRow): Promise<void> {
    for (const colour of row.palette ?? []) {
      this.#colours ??= this.#open('colours.csv', COLOUR_COLUMNS);
      const word = colourOf(colour) ?? null;
      await this.#colours.add([row.name, categoryOf(row), word, colour.name, colour.share.toFixed(4)]);
    }
  }

  #pickList(category: string): CsvFile {
    const file = this.#pickLists.get(category) ?? this.#choosePickList(category);
    this.#pickLists.set(category, file);
    return file;
  }

  #choosePickList(category: string): CsvFile {
    if (this.#pickLists.size < MAX_PICK_LISTS) return this.#openPickList(fileNameOf(category));
    this.#otherPickList ??= this.#openPickList('other');
    return this.#otherPickList;
  }

  #openPickList(name: string): CsvFile {
    return this.#open(`pick-lists/${name}.csv`, ['return_id', 'filename', 'category', 'confidence']);
  }

  #openOwnerRows(): OwnerRows {
    if (this.#ownerRows === undefined) {
      const sink = this.#store.create(`${this.#options.folder}${OWNERS_FILE}`, 'application/jsonl');
      this.#ownerRows = ownerRows(sink);
      this.#files.set(OWNERS_FILE, this.#ownerRows);
    }
    return this.#ownerRows;
  }

  #open(name: CsvName, columns: readonly string[]): CsvFile {
    const sink = this.#store.create(`${this.#options.folder}${name}`, 'text/csv; charset=utf-8');
    const file = csvFile(sink, columns, this.#options);
    this.#files.set(name, file);
    return file;
  }
}

/** `T-shirt/top` becomes `T_SHIRT_TOP`: letters and digits of any script, so that usual categories stay different. */
export function codeOf(category: string): string {
  return wordsOf(category).join('_').toUpperCase();
}

/** Readable, and different for different categories, whatever characters they contain. */
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
