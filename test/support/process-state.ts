import { execFileSync } from 'node:child_process';

interface RunningProcess {
  readonly id: number;
  readonly parentId: number;
  readonly groupId: number;
}

/** The running processes, without those that ended and wait for their parent. */
function processTable(): readonly RunningProcess[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => !state?.startsWith('Z'))
    .map(([id, parent, group]) => ({ id: Number(id), parentId: Number(parent), groupId: Number(group) }));
}

/** The processes of a group. */
export function livingInGroup(groupId: number): readonly number[] {
  return processTable()
    .filter((one) => one.groupId === groupId)
    .map(({ id }) => id);
}

/** The running direct children of a process. */
export function childrenOf(parent: number): readonly number[] {
  return processTable()
    .filter(({ parentId }) => parentId === parent)
    .map(({ id }) => id);
}

/** All running descendants of a process. */
export function descendantsOf(ancestor: number): readonly number[] {
  return childrenOf(ancestor).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Those of the processes that still run. */
export function livingOf(ids: readonly number[]): readonly number[] {
  return processTable()
    .filter(({ id }) => ids.includes(id))
    .map(({ id }) => id);
}
