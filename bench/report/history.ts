/** The history of baselines: for each commit, the ratios that have goals. @module */
import type { ResultLine } from '../measure/results.ts'

const MEASURES = ['JS: fresh state + one call', 'AssemblyScript: fresh state + one call']

export function isOfHistory({ suite, measure, ratio, goal }: ResultLine): boolean {
  return (
    suite === 'agents' && MEASURES.includes(measure) && ratio !== undefined && goal?.on === 'ratio'
  )
}

/** The last run of each of the latest commits; `lines` are in the order of time. */
export function latestOfCommits(
  lines: readonly ResultLine[],
  count: number = Infinity,
): ResultLine[] {
  const last = new Map(
    lines.map((line) => [`${line.run.machine.commit} ${line.measure} ${line.ratio?.of}`, line]),
  )
  const commits = [...new Set([...last.values()].map(({ run }) => run.machine.commit))]
  const shown = new Set(Number.isFinite(count) ? commits.slice(-count) : commits)
  return [...last.values()].filter(({ run }) => shown.has(run.machine.commit))
}
