/** Pictures in one folder for each label, as people have them: `DIR/<label>/**`. */
import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { LEFT_OUT, walk } from '@hangtag/emulators/start/pictures.js';
import { isCategory } from '@hangtag/shared/domain/category.js';
import type { Gathered, LabelledPicture } from '@hangtag/shared/learning/labelled-pictures.js';

const NOT_OF_A_CATEGORY = /[^\p{L}\p{M}\p{N}&'’()+,%_. -]+/gu;

export async function labelledFolders(dir: string): Promise<Gathered> {
  const pictures: LabelledPicture[] = [];
  const notes: string[] = [];
  const folders = new Map<string, Set<string>>();
  const outside: string[] = [];
  const nameless = new Map<string, string[]>();
  for await (const found of walk(dir)) {
    if (found.kind === 'left-out') {
      if (found.why !== 'hidden') notes.push(`${found.path} is left out: ${LEFT_OUT[found.why]}`);
      continue;
    }
    const name = relative(dir, found.path);
    const [folder = '', ...rest] = name.split(sep);
    if (rest.length === 0) {
      outside.push(name);
      continue;
    }
    const label = labelOf(folder);
    if (label === undefined) nameless.set(folder, [...(nameless.get(folder) ?? []), name]);
    else {
      folders.set(label, (folders.get(label) ?? new Set()).add(folder));
      pictures.push({ name, label, read: () => readFile(found.path) });
    }
  }
  if (outside.length > 0) notes.push(leftOut(outside, 'in no folder of a label'));
  for (const names of nameless.values())
    notes.push(leftOut(names, 'in a folder whose name begins with no letter or digit'));
  return { pictures, notes: [...notes, ...renamed(folders)] };
}

function leftOut(names: readonly string[], why: string): string {
  return `left out, since ${why}: ${names.length} (${names.slice(0, 3).join(', ')})`;
}

/** The folder's name with what a category cannot have replaced by spaces. Undefined if nothing is left. */
export function labelOf(folder: string): string | undefined {
  const label = folder
    .normalize('NFC')
    .replace(NOT_OF_A_CATEGORY, ' ')
    .replace(/^[^\p{L}\p{N}]+|[ .]+$/gu, '')
    .replace(/\.{2,}/g, '.')
    .replace(/ {2,}/g, ' ')
    .replace(/ \./g, ' ')
    .slice(0, 100)
    .trim();
  return isCategory(label) ? label : undefined;
}

function renamed(folders: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return [...folders].flatMap(([label, names]) => {
    const quoted = [...names].map((name) => JSON.stringify(name)).join(' and ');
    if (names.size === 1 && names.has(label)) return [];
    return `${quoted} ${names.size === 1 ? 'becomes' : 'become'} the label "${label}"`;
  });
}
