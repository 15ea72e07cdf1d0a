/** Words for errors of the operating system. Users see these instead of codes such as ENOENT. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'no permission to open it',
  EEXIST: 'something else with this name',
  EISDIR: 'a folder',
  ELOOP: 'links that lead in a circle',
  ENAMETOOLONG: 'a name that is too long',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left',
  ENXIO: 'a socket or a missing device',
  ENOTDIR: 'a file in the place of a folder',
  EPERM: 'no permission to open it',
  EROFS: 'a file system that cannot be written',
};

/** @returns words if `error` is one of the file system, otherwise its own message */
export function describeSystemError(error: unknown): string {
  return wordsOf(error) ?? (error instanceof Error ? error.message : String(error));
}

/** An error of the file system that no other code has described. @returns undefined if `error` is not one */
export function describePathError(error: unknown): string | undefined {
  const words = wordsOf(error);
  if (words === undefined) return undefined;
  const { path, dest = path } = error as NodeJS.ErrnoException & { readonly dest?: string };
  return `Expected ${path === undefined ? 'a file' : `to use "${dest}"`} but found ${words}`;
}

function wordsOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? WORDS[String(error.code)] : undefined;
}
