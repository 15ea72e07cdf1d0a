/**
 * The first port that a test's stack tries. It avoids the ports of a user's stack and of other tests, and is
 * below the ports that systems use for connections (Linux from 32768), which may be taken between the choice
 * and its use.
 */
export function portBase(): number {
  return 20_000 + Math.floor(Math.random() * 12_000);
}
