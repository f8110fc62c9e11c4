/** The table of a run. @module */
import type { Verdict } from './verdict.ts'

/** A row for each group and one for all, as Markdown. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const groups = Map.groupBy(verdicts, ({ group }) => group)
  const rows = [...groups, ['all', verdicts] as const].map(([group, all]) => {
    const passed = all.filter(({ failure }) => failure === undefined).length
    return [group, String(passed), String(all.length)]
  })
  const lines = [['suite', 'passed', 'tests'], ['---', '--:', '--:'], ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
