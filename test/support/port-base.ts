/**
 * Where a stack of a test begins to look for free ports: so that neither a user's stack nor another test is in the way, and below
 * those that systems give to connections (Linux from 32768), which may be taken between the choice and its use.
 */
export function portBase(): number {
  return 20_000 + Math.floor(Math.random() * 12_000);
}
