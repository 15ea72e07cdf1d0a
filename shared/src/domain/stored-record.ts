/**
 * Checks records that come out of a store. The functions write them, but clients write corrections into them, and a file
 * on disk can be damaged. A field that is added to `ImageRecord` needs a check here; if records without it exist, the
 * check must accept `undefined`.
 */
import { InputError } from '../errors.js';
import { isGeneration } from './generation.js';
import { COLOURS, type PaletteColour } from './palette.js';
import {
  type Correction,
  type HeatMap,
  type ImageRecord,
  type ModelRef,
  type Opinion,
  REASONS,
  type ShadowAnswer,
  STATUSES,
  TIERS,
} from './record.js';

type Check = (value: unknown) => boolean;

const MODEL = shape<ModelRef>({ id: isText, version: isText, sha256: isText });

const CHECKS: { readonly [Field in keyof ImageRecord]-?: Check } = {
  bucket: isText,
  name: isText,
  generation: isGeneration,
  size: isFiniteNumber,
  contentType: isText,
  md5Hash: isText,
  uploadedAt: isInstant,
  status: oneOf(STATUSES),
  reason: orNull(oneOf(REASONS)),
  category: orNull(isText),
  confidence: orNull(isFiniteNumber),
  labels: listOf(shape({ label: isText, score: isFiniteNumber })),
  tier: orNull(oneOf(TIERS)),
  damaged: (value) => value === undefined || typeof value === 'boolean',
  typicality: optional(orNull(isFiniteNumber)),
  thumbnail: (value) => value === undefined || typeof value === 'boolean',
  model: orNull(MODEL),
  shadow: (value) =>
    value === undefined ||
    orNull(
      shape<ShadowAnswer>({
        model: MODEL,
        category: isText,
        confidence: isFiniteNumber,
        inferMs: isFiniteNumber,
        disputes: (mark) => mark === undefined || mark === true,
      }),
    )(value),
  opinion: optional(
    orNull(shape<Opinion>({ category: orNull(isText), by: isText, at: isInstant, generation: isGeneration })),
  ),
  embedding: orNull(listOf(isFiniteNumber)),
  palette: optional(
    orNull(
      listOf(
        shape<PaletteColour>({
          name: isText,
          share: isFiniteNumber,
          lightness: isFiniteNumber,
          chroma: isFiniteNumber,
          hue: isFiniteNumber,
        }),
      ),
    ),
  ),
  colours: optional(listOf(oneOf(COLOURS))),
  vector: optional(orNull(listOf(isFiniteNumber))),
  backbone: optional(orNull(isText)),
  heat: optional(
    orNull(shape<HeatMap>({ width: isFiniteNumber, height: isFiniteNumber, values: listOf(isFiniteNumber) })),
  ),
  correction: orNull(
    shape<Correction>({ category: isText, by: isText, at: isInstant, generation: isGeneration }),
  ),
  timings: orNull(
    shape({
      queuedMs: isFiniteNumber,
      downloadMs: isFiniteNumber,
      decodeMs: isFiniteNumber,
      inferMs: isFiniteNumber,
      totalMs: isFiniteNumber,
    }),
  ),
  present: (value) => typeof value === 'boolean',
  check: isFiniteNumber,
  attempts: isFiniteNumber,
  queuedAt: orNull(isInstant),
  labeledAt: orNull(isInstant),
  updatedAt: isInstant,
  owner: orNull(isText),
  ref: orNull(isText),
  priority: oneOf(['live', 'backfill']),
  writeId: (value) => value === undefined || isText(value),
};

export const RECORD_FIELDS = Object.keys(CHECKS) as readonly (keyof ImageRecord)[];

/**
 * @param fields those to read; fields of the value that are not named are left out
 * @param decode from a type of the store to a type of the domain
 * @throws {InputError} it names the first field that is not of its type, and no content
 */
export function parseRecord<Field extends keyof ImageRecord>(
  value: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
  decode: (content: unknown) => unknown = (content) => content,
): Pick<ImageRecord, Field> {
  const record: Record<string, unknown> = {};
  for (const field of fields) {
    const content = decode(value[field]);
    if (!CHECKS[field](content)) {
      throw new InputError(
        `Expected a valid ${field} in the record but received a value of type ${typeof content}`,
      );
    }
    if (content !== undefined) record[field] = content;
  }
  return record as Pick<ImageRecord, Field>;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isFiniteNumber(value: unknown): boolean {
  return Number.isFinite(value);
}

/** Epoch milliseconds of a `Date`. */
function isInstant(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(new Date(value).getTime());
}

function oneOf(values: readonly unknown[]): Check {
  const known = new Set(values);
  return (value) => known.has(value);
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function shape<T extends object>(checks: { readonly [Key in keyof T]: Check }): Check {
  const entries = Object.entries<Check>(checks);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    entries.every(([key, check]) => check((value as Readonly<Record<string, unknown>>)[key]));
}
