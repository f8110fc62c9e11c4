/**
 * Ends a process and those it started.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Ends `pid`, and where the system tells of them (Linux), the processes below it. */
export function killTree(pid: number): void {
  // The parent first: it would start others. Its children are listed before that, for then they are orphans.
  const children = childrenOf(pid)
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
  for (const child of children) killTree(child)
}

function childrenOf(pid: number): number[] {
  try {
    const tasks = `/proc/${pid}/task`
    return readdirSync(tasks).flatMap((task) =>
      readFileSync(`${tasks}/${task}/children`, 'utf8').split(' ').map(Number).filter(Boolean),
    )
  } catch {
    return [] // Ended, or no Linux
  }
}
