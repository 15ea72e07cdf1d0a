/** A picture with the label that a person gave it. Its bytes are read when they are needed. */
import { LessonError } from './lesson-error.js';

export interface LabelledPicture {
  /** For messages: a path, or the name of an object. */
  readonly name: string;
  readonly label: string;
  /** Undefined if it was removed. */
  read(): Promise<Uint8Array | undefined>;
}

export interface Gathered {
  readonly pictures: readonly LabelledPicture[];
  /** One line for each thing that a person should know before the model is made. */
  readonly notes: readonly string[];
}

/**
 * Without the labels that have too few pictures, unless the model knows them already.
 * @throws {LessonError} fewer than two labels are left
 */
export function withEnough(
  { pictures, notes }: Gathered,
  { min, known }: { readonly min: number; readonly known: ReadonlySet<string> },
): Gathered {
  const counts = new Map<string, number>();
  for (const { label } of pictures) counts.set(label, (counts.get(label) ?? 0) + 1);
  const few = [...counts].filter(([label, count]) => count < min && !known.has(label));
  const left = new Map([...counts].filter(([label]) => !few.some(([each]) => each === label)));
  const fewNotes = few.map(
    ([label, count]) => `"${label}" is left out: expected at least ${min} pictures but found ${count}`,
  );
  if (left.size + known.size < 2 || left.size === 0)
    throw new LessonError('too-few', tooFew(left, [...notes, ...fewNotes]));
  return { pictures: pictures.filter(({ label }) => left.has(label)), notes: [...notes, ...fewNotes] };
}

function tooFew(left: ReadonlyMap<string, number>, notes: readonly string[]): string {
  const found = [...left].map(([label, count]) => `"${label}" (${count} pictures)`).join(', ') || 'none';
  return [`Expected at least two labels with enough pictures but found ${found}`, ...notes].join('\n');
}
