import { execFileSync } from 'node:child_process';

/** The processes of a group that run; one that ended and waits for its parent to notice does not count. */
export function livingInGroup(groupId: number): readonly number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, group, state]) => Number(group) === groupId && !state?.startsWith('Z'))
    .map(([pid]) => Number(pid));
}
