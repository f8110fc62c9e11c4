/**
 * Ends a process and those it started.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Ends `pid`, and where the system tells of them (Linux), the processes below it. */
export function killTree(pid: number): void {
  // Halted first, so that it starts no more children. After its end its children could not be found.
  signal(pid, 'SIGSTOP')
  const children = childrenOf(pid)
  signal(pid, 'SIGKILL')
  for (const child of children) killTree(child)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already, or the system knows no such signal.
  }
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
