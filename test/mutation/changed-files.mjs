/** Which mutants a change needs: the changed files of `shared`, as they are built, by the part that mutates them. */
import { execFileSync } from 'node:child_process';
import { matchesGlob } from 'node:path';

/**
 * @param {readonly string[]} parts names
 * @param {readonly string[]} sources paths from the root of the repository, as `shared/src/log.ts`
 * @returns {Promise<ReadonlyMap<string, readonly string[]>>} built files; parts without one are left out
 */
export async function filesByPart(parts, sources) {
  const built = sources.map((path) => path.replace(/^shared\/src\/(.+)\.ts$/, 'shared/dist/$1.js'));
  const found = new Map();
  for (const part of parts) {
    const { mutate } = (await import(`./${part}.mjs`)).default;
    const files = built.filter((file) => mutate.some((glob) => matchesGlob(file, glob)));
    if (files.length > 0) found.set(part, files);
  }
  return found;
}

/** Sources of `shared` that differ from a revision and were not removed. @throws Error git does not know the revision */
export function changedSince(revision) {
  const asked = ['diff', '--name-only', '--diff-filter=d', `${revision}...`, '--', 'shared/src'];
  return execFileSync('git', asked, { encoding: 'utf8' }).split('\n').filter(Boolean);
}
