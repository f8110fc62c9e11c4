/** The machine of a measurement: every result names it. @module */
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  readonly v8: string
  readonly commit: string
}

/** Describes this machine and the commit under test, as `commitOf` writes it. */
export function machine(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    v8: process.versions.v8,
    commit: commitOf(process.cwd()),
  }
}

/** One line for people. */
export function machineText({ cpu, cores, memoryGiB, kernel, node, commit: id }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB · kernel ${kernel} · Node ${node} · commit ${id}`
}

/** The commit of a checkout; it ends in `+` when the tree has changes. */
export function commitOf(cwd: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const id = git('rev-parse', '--short', 'HEAD')
    return git('status', '--porcelain') === '' ? id : `${id}+`
  } catch {
    return 'unknown'
  }
}
